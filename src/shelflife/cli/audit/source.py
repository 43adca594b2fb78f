"""Where entries come from: servers, or an .rdb file in a private server that is thrown away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, NamedTuple

from shelflife.cli.rdb import CannotRead, check_rdb, open_rdb
from shelflife.stores.inspection import Inspector, open_inspectors

_URL = "://"


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
    check_rdb(path)
    number = database or "0"
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise CannotRead(f"{text}: a database is a number up to 9999, as in {name}?db=3")
    with _loaded(path, int(number), say) as inspector:
        yield Source([inspector], "rdb", text)


@contextmanager
def _loaded(path: Path, database: int, say: Callable[[str], None]) -> Iterator[Inspector]:
    say(f"loading {path.name} into a private server")
    with open_rdb(path, "--databases", "10000") as server:
        inspector = Inspector(server.url.rsplit("/", 1)[0] + f"/{database}", timeout=60.0)
        try:
            yield inspector
        finally:
            inspector.close()
