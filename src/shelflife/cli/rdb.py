"""Entries of an .rdb file, in a private server that is thrown away."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from shelflife.errors import ServerError
from shelflife.stores.inspection import Inspector
from shelflife.testing import NoServer, PrivateServer


class CannotRead(Exception):
    """What is to be read cannot be; the message says what to do."""


def check_rdb(path: Path) -> None:
    """See that a file is an .rdb file.

    Raises:
        CannotRead: It is not.
    """
    with path.open("rb") as file:
        is_rdb = file.read(5) == b"REDIS"
    if not is_rdb:
        raise CannotRead(f"{path} is no .rdb file: it does not begin with REDIS")


@contextmanager
def open_rdb(path: Path, *options: str, program: Optional[str] = None) -> Iterator[PrivateServer]:
    """Run a private server that has loaded a copy of the file.

    Raises:
        CannotRead: The server cannot load it.
    """
    server = PrivateServer("--dbfilename", "loaded.rdb", *options, program=program)
    try:
        shutil.copyfile(path, server.folder / "loaded.rdb")
        try:
            server.start()
        except NoServer as error:  # its message ends with the server's log
            raise CannotRead(_why(str(error), path)) from None
        _wait(server, path)
        yield server
    finally:
        server.stop()


def _wait(server: PrivateServer, path: Path) -> None:
    """Wait until the file is loaded; the server answers before it is, and ends if it cannot."""
    inspector = Inspector(server.url, timeout=60.0)
    try:
        while not _is_loaded(inspector, server, path):
            time.sleep(0.1)
    finally:
        inspector.close()


def _is_loaded(inspector: Inspector, server: PrivateServer, path: Path) -> bool:
    problem: Optional[ServerError] = None
    try:
        inspector.send([], b"", b"0", 1)
        inspector.receive()
    except ServerError as error:
        problem = error
    else:
        return True
    if not server.is_running():
        log = (server.folder / "server.log").read_text(errors="replace")
        raise CannotRead(_why(log, path))
    if problem.kind not in {"loading", "refused", "closed"}:
        raise CannotRead(f"{path}: {problem}")
    return False


def _why(log: str, path: Path) -> str:
    if "handle RDB format version" in log:
        return (
            f"{path} was written by a newer server than the one here: install that version, or "
            "name its program in SHELFLIFE_REDIS_SERVER"
        )
    return f"{path} cannot be loaded: it is cut or damaged. Take a new one with BGSAVE"
