"""The servers that a rehearsal runs on; what starts them is given to it from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Optional, Protocol

from shelflife.errors import ServerError
from shelflife.rehearse.entries.book import Place
from shelflife.rehearse.trouble import CannotRehearse
from shelflife.stores.address import parse_url
from shelflife.stores.connection_sync import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply
from shelflife.stores.request import Words

_PATIENT = Limits(connect_timeout=5.0, read_timeout=30.0)


class CacheServer(Protocol):
    """A running server on the loopback.

    Attributes:
        url: Where, with the login if it needs one.
        shown: What it is, such as "redis-server 7.0.15".
        private: Whether it was started for this, and ends with it.
    """

    @property
    def url(self) -> str:
        """See above."""

    @property
    def shown(self) -> str:
        """See above."""

    @property
    def private(self) -> bool:
        """See above."""


OpenCache = Callable[[Optional[Path], bool], AbstractContextManager[CacheServer]]
"""Starts a server with the entries of an RDB file, if one is named. The flag asks for the shared
cache, which the plan may place on a server that is there already; copies are always private."""


class Janitor:
    """The rehearsal's own hand on the shared cache, past the taps.

    Args:
        url: Where the cache is.
    """

    def __init__(self, url: str) -> None:
        self._address, _ = parse_url(url, {})

    def count(self, database: int) -> int:
        """Give how many keys a database holds."""
        found = self._ask(database, (b"DBSIZE",))
        assert isinstance(found, int), "DBSIZE is a number"
        return found

    def expire(self, places: Iterable[Place]) -> None:
        """Remove keys, as their expiry would."""
        for database, key in sorted({place[:2] for place in places}):
            self._ask(database, (b"DEL", key))

    def clear(self, database: int) -> None:
        """Remove all that the rehearsal has left in a database that was empty before it."""
        self._ask(database, (b"FLUSHDB",))

    def _ask(self, database: int, words: Words) -> object:
        connection = Connection()
        try:
            connection.open(replace(self._address, db=database), _PATIENT)
            reply = connection.ask(words)
        except ServerError as error:
            raise CannotRehearse(f"the rehearsal's cache does not answer: {error}") from error
        finally:
            connection.close()
        if isinstance(reply, ErrorReply):
            raise CannotRehearse(f"the rehearsal's cache refuses {words[0]!r}: {reply}")
        return reply
