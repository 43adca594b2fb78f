"""What `Cache` and `AsyncCache` have in common: their options, and the parts made from them."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Optional, Union

from shelflife.cache.fleet_terms import FleetTerms, fleet_terms
from shelflife.cache.static_floor import NEWEST, expect_read, static_floor
from shelflife.codecs import Codecs, Types
from shelflife.codecs.pickle import PickleCodec, protocol_at
from shelflife.dialects import Dialect, make_dialect
from shelflife.errors import ConfigurationError
from shelflife.events import Counters, Event, EventKind, Hook, KeyClasses, Recorder
from shelflife.fleet import Follower, Place, Tally
from shelflife.floors import OURS, Floor, FloorSpec, LackedNames
from shelflife.operations import (
    Context,
    EntryReader,
    EntryWriter,
    Sampling,
    Ttl,
    milliseconds,
)
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Py2Text

MAX_BYTES = 16 * 1024 * 1024
Allow = Union[AllowList, Iterable[str]]


class CacheCore:
    """The options of a cache.

    Args:
        url: Where the cache is: `redis://`, `rediss://`, `unix://`, `redis+sentinel://`,
            `redis+cluster://`, the `valkey` spellings of these, or `memory://`. Without it,
            `SHELFLIFE_URL` is taken. There is no default.
        client: Your own redis-py client instead of a URL; it must not decode responses.
        prefix: Put before every key; `clear()` removes what is below it.
        ttl: Default expiry in seconds (or a timedelta); None for none.
        reads: A foreign dialect that is read besides shelflife's own entries: "werkzeug",
            "flask-caching", "django", "django-redis", "dogpile" or "aiocache", with how it was set
            up, such as "django-redis:json+zlib" (`docs/moving-in.md`).
        writes: "shelflife", or the dialect to write until the floor is raised: one of the same.
            Without it, what the floor says.
        floor: The oldest readers of what is written: a Python such as "2.7", or more about them,
            such as "python>=2.7, werkzeug" or "python>=3.9, numpy<2" (`docs/floors.md`); or
            "fleet", for what the fleet has agreed on.
        fleet: The name of the fleet whose processes share this cache (`docs/floor.md`).
        fleet_minimum: What every reader of the fleet reads, whoever comes: what is written while
            nothing is agreed on, or nobody knows. As for `floor`.
        codec: "portable", or "pickle" for values that only pickle carries.
        types: Registered classes that the portable codec carries.
        allow: Names that pickles may refer to besides the safe types of the standard library.
        py2_text: What becomes of 8-bit strings of Python 2.
        compress: Compress entries with zlib.
        max_bytes: The largest entry that is written or read.
        on_server_error: "miss", or "raise" to get `ServerError` from a failing server.
        hooks: Called with every `Event`.
        release: Names your release in every entry, for whoever cannot read it one day.
        connect_timeout: Seconds to wait for a connection; 0.5 unless the URL says otherwise.
        read_timeout: Seconds to wait for an answer; 0.5 unless the URL says otherwise.
        max_connections: The most connections at a time, 50 unless the URL says otherwise; further
            callers wait for a moment.

    Raises:
        ConfigurationError: If an option cannot work; the message says what is allowed.
    """

    _reader_class: type[EntryReader] = EntryReader
    _writer_class: type[EntryWriter] = EntryWriter
    """What makes values of entries, and entries of values; a surface may keep more than a value."""

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        client: Any = None,
        prefix: str = "",
        ttl: Ttl = 300,
        reads: Optional[str] = None,
        writes: Optional[str] = None,
        floor: Optional[FloorSpec] = None,
        codec: str = "portable",
        types: Optional[Types] = None,
        allow: Allow = (),
        py2_text: Union[Py2Text, str] = Py2Text.UTF8_ELSE_BYTES,
        compress: bool = False,
        max_bytes: int = MAX_BYTES,
        on_server_error: str = "miss",
        hooks: Iterable[Hook] = (),
        release: Optional[str] = None,
        fleet: Optional[str] = None,
        fleet_minimum: Optional[FloorSpec] = None,
        connect_timeout: Optional[float] = None,
        read_timeout: Optional[float] = None,
        max_connections: Optional[int] = None,
    ) -> None:
        _one_of("on_server_error", on_server_error, ("miss", "raise"))
        _one_of("codec", codec, ("portable", "pickle"))
        _one_of("compress", compress, (True, False))
        if not isinstance(types, (Types, type(None))):
            raise ConfigurationError(f"types is a shelflife.Types, not {type(types).__name__}")
        if not isinstance(prefix, str):
            raise ConfigurationError(f"prefix is text (str), not {type(prefix).__name__}")
        if not isinstance(max_bytes, int) or max_bytes < 1:
            raise ConfigurationError("max_bytes takes a number of bytes above 0")
        self.types = types if types is not None else Types()
        self._prefix = prefix
        self._recorder = Recorder(_hooks(hooks))
        formats = _Formats(self, allow, _py2_text(py2_text), codec, max_bytes)
        self._codecs = formats.codecs()
        read = formats.dialect(reads) if reads is not None else None

        def make_writer(floor: Floor) -> EntryWriter:
            return self._writer_class(
                formats.codecs(floor),
                formats.dialect(floor.writes, floor) if floor.writes != OURS else None,
                max_bytes,
                guard=read is not None and read.guard,
                compress=compress,
                writer=_writer(release),
            )

        self._make_writer = make_writer
        terms = fleet_terms(
            fleet=fleet,
            minimum=fleet_minimum,
            floor=floor,
            reads=reads,
            writes=writes,
            release=release,
        )
        self._floor = static_floor(floor, writes) if terms is None else terms.floor
        if self._floor.writes != OURS:
            expect_read(read, formats.dialect(self._floor.writes, self._floor))
        self._follower = None if terms is None else self._new_follower(terms)
        self._context = Context(
            prefix,
            milliseconds(ttl),
            self._reader_class(self._codecs, read, max_bytes),
            self._follower or make_writer(self._floor),
            self._recorder,
            raises=on_server_error == "raise",
            key_classes=self._make_key_classes(prefix),
        )
        self._store = self._open(
            _url(url) if client is None else None,
            client,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            max_connections=max_connections,
        )
        if terms is not None and self._follower is not None:
            self._follower.tally = Tally(self._recorder.counters)
            self._follower.sample = Sampling(self._context).begin
            place = Place(self.address, terms.fleet, terms.release)
            self._take_part(place, self._follower)

    def _open(self, url: Optional[str], client: Any, **options: Any) -> Any:
        raise NotImplementedError

    def _make_key_classes(self, prefix: str) -> KeyClasses:
        """Give what names the class of a key."""
        return KeyClasses(prefix)

    def _take_part(self, place: Place, follower: Follower) -> None:
        raise NotImplementedError

    def _new_follower(self, terms: FleetTerms) -> Follower:
        def tell(reason: str, detail: str) -> None:
            name = f"shelflife:fleet:{terms.fleet}"
            self._recorder.event(Event(EventKind.FLEET, "floor", name, reason, detail))

        return Follower(terms.reach, terms.floor, self._make_writer, tell, fixed=not terms.follows)

    @property
    def floor(self) -> Floor:
        """What is written now: what all readers at this floor read."""
        return self._floor if self._follower is None else self._follower.floor

    @property
    def address(self) -> str:
        """Where the cache is, without any password."""
        address: str = self._store.address
        return address

    def counters(self) -> Counters:
        """Give what has been counted since the cache was made, in this process."""
        return self._recorder.counters()

    def on_event(self, hook: Hook) -> Hook:
        """Call `hook` with every `Event` from now on; fit for a decorator."""
        self._recorder.add_hook(hook)
        return hook

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address!r}, prefix={self._prefix!r})"

    def _note(self, dialect: str, what: str) -> None:
        self._recorder.event(
            Event(
                EventKind.PY2_MIXTURE,
                "read",
                f"{self._prefix}*",
                what,
                "of the 8-bit strings of a Python 2 entry some are UTF-8; option py2_text",
                dialect=dialect,
            )
        )


class _Formats:
    """Makes codecs and dialects that agree on names, text and size."""

    def __init__(
        self, core: CacheCore, allow: Allow, text: Py2Text, codec: str, max_bytes: int
    ) -> None:
        self._core = core
        self._allow = allow if isinstance(allow, AllowList) else AllowList.default().extended(allow)
        self._text = text
        self._codec = codec
        self._max_bytes = max_bytes

    def codecs(self, floor: Floor = NEWEST) -> Codecs:
        """Give the codecs of shelflife's own entries; pickles are always read."""
        if floor.writes != OURS:  # what is written is another dialect; the floor is its own
            floor = NEWEST
        pickle = PickleCodec(
            self._allow,
            floor.python_text,
            text=self._text,
            budget=replace(DEFAULT_BUDGET, bytes=self._max_bytes),
            lacks=_lacks(floor),
        )
        fallback = pickle if self._codec == "pickle" else None
        return Codecs(self._core.types, reads=[pickle], fallback=fallback, python=floor.python)

    def dialect(self, name: str, floor: Optional[Floor] = None) -> Dialect:
        """Give a foreign dialect; with a floor, to be written."""
        return make_dialect(
            name,
            allow=self._allow,
            text=self._text,
            floor=None if floor is None else floor.python_text,
            note=partial(self._core._note, name),  # noqa: SLF001 - a part of the core
            max_bytes=self._max_bytes,
            lacks=_lacks(floor or NEWEST),
        )


def _lacks(floor: Floor) -> LackedNames:
    return LackedNames(floor, protocol_at(floor.python_text))


def _url(url: Optional[str]) -> str:
    url = os.environ.get("SHELFLIFE_URL") if url is None else url
    if not url:
        raise ConfigurationError(
            "no URL: give Cache(url) or SHELFLIFE_URL, such as redis://127.0.0.1:6379/0 "
            "(memory:// keeps a cache to one process)"
        )
    return url


def _hooks(given: Any) -> list[Hook]:
    hooks = list(given) if isinstance(given, Iterable) else [given]
    if not all(map(callable, hooks)) or callable(given):
        raise ConfigurationError("hooks takes a list of functions, each called with every Event")
    return hooks


def _one_of(option: str, given: Any, allowed: tuple[Any, ...]) -> None:
    if given not in allowed:
        choices = " or ".join(repr(choice) for choice in allowed)
        raise ConfigurationError(f"{option} is {given!r}; it takes {choices}")


def _py2_text(given: Union[Py2Text, str]) -> Py2Text:
    try:
        return Py2Text(given)
    except ValueError:
        _one_of("py2_text", str(given), tuple(policy.value for policy in Py2Text))
        raise


def _writer(release: Optional[str]) -> Optional[str]:
    if release is None:
        return None
    if not isinstance(release, str) or not release.isprintable():
        raise ConfigurationError("release is a line of printable text, such as 2026-11-23")
    python = platform.python_implementation().lower()
    return f"{release} {python}{platform.python_version()}"
