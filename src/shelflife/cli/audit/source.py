"""Where entries come from: servers, or an .rdb file in a private server that is thrown away."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, NamedTuple, Optional

from shelflife.errors import ServerError
from shelflife.stores.inspection import Inspector, open_inspectors
from shelflife.testing import NoServer, PrivateServer

_URL = "://"


class CannotRead(Exception):
    """The source cannot be read; the message says what to do."""


class Source(NamedTuple):
    """An open source: who read it, its kind ("server" or "rdb"), and how it is shown."""

    inspectors: Sequence[Inspector]
    kind: str
    shown: str


@contextmanager
def open_source(text: str, say: Callable[[str], None]) -> Iterator[Source]:
    """Open what SOURCE names.

    Args:
        text: A URL, or the path of an .rdb file; `FILE?db=3` for a database other than 0.
        say: Told what is being done, if it takes a while.

    Raises:
        CannotRead: It is neither, or cannot be read.
        ConfigurationError: The URL cannot work.
    """
    if _URL in text:
        inspectors = open_inspectors(text)
        try:
            yield Source(inspectors, "server", inspectors[0].address)
        finally:
            for inspector in inspectors:
                inspector.close()
        return
    name, _, database = text.partition("?db=")
    path = Path(name)
    if not path.is_file():
        raise CannotRead(f"{name} is neither a URL (redis://HOST:6379/0) nor a file that is there")
    with path.open("rb") as file:
        is_rdb = file.read(5) == b"REDIS"
    if not is_rdb:
        raise CannotRead(f"{name} is no .rdb file: it does not begin with REDIS")
    number = database or "0"
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise CannotRead(f"{text}: a database is a number up to 9999, as in {name}?db=3")
    with _loaded(path, int(number), say) as inspector:
        yield Source([inspector], "rdb", text)


@contextmanager
def _loaded(path: Path, database: int, say: Callable[[str], None]) -> Iterator[Inspector]:
    say(f"loading {path.name} into a private server")
    server = PrivateServer("--dbfilename", "audited.rdb", "--databases", "10000")
    try:
        shutil.copyfile(path, server.folder / "audited.rdb")
        try:
            server.start()
        except NoServer as error:  # its message ends with the server's log
            raise CannotRead(_why(str(error), path)) from None
        inspector = Inspector(server.url.rsplit("/", 1)[0] + f"/{database}", timeout=60.0)
        try:
            _wait(inspector, server, path)
            yield inspector
        finally:
            inspector.close()
    finally:
        server.stop()


def _wait(inspector: Inspector, server: PrivateServer, path: Path) -> None:
    """Wait until the file is loaded; the server answers before it is, and ends if it cannot."""
    while True:
        problem: Optional[ServerError] = None
        try:
            inspector.send([], b"", b"0", 1)
            inspector.receive()
        except ServerError as error:
            problem = error
        else:
            return
        if not server.is_running():
            log = (server.folder / "server.log").read_text(errors="replace")
            raise CannotRead(_why(log, path))
        if problem.kind not in {"loading", "refused", "closed"}:
            raise CannotRead(f"{path}: {problem}")
        time.sleep(0.1)


def _why(log: str, path: Path) -> str:
    if "handle RDB format version" in log:
        return (
            f"{path} was written by a newer server than the one here: install that version, or "
            "name its program in SHELFLIFE_REDIS_SERVER"
        )
    return f"{path} cannot be loaded: it is cut or damaged. Take a new one with BGSAVE"
