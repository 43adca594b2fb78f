"""Words to a private server and its reply, over a connection that is closed again."""

from __future__ import annotations

import time
from typing import Any, Callable

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.connection_sync import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply
from shelflife.stores.request import Word
from shelflife.testing.servers import NoServer, PrivateServer

_PATIENT = Limits(connect_timeout=5.0, read_timeout=5.0)


def ask(server: PrivateServer, *words: Word, database: int = 0) -> Any:
    """Give a server's reply.

    Raises:
        ErrorReply: If it is one.
        ServerError: If there was none.
    """
    connection = Connection()
    try:
        connection.open(Address("", "127.0.0.1", server.port, db=database), _PATIENT)
        reply = connection.ask(tuple(words))
    finally:
        connection.close()
    if isinstance(reply, ErrorReply):
        raise reply
    return reply


def info(server: PrivateServer, section: str) -> dict[str, str]:
    """Give the fields of a section of INFO."""
    lines = ask(server, "INFO", section).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def wait_until(what: str, holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something holds; servers that do not answer yet are asked again.

    Raises:
        NoServer: If it takes longer, saying what was waited for.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except (ServerError, ErrorReply):
            pass
        if time.monotonic() > deadline:
            raise NoServer(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.02)
