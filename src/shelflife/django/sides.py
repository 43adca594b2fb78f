"""The two sides of a backend, blocking and async, made once in a process for each alias.

Django makes a backend anew for each thread, and under ASGI for each request. What costs, and what
is for all of them together, connections, counters and computations under way, is here.
"""

from __future__ import annotations

import os
import random
import re
import threading
from collections.abc import Mapping
from typing import Any, Optional

from shelflife.cache import AsyncCache
from shelflife.cache.calm import Calm
from shelflife.cache.driving import AsyncDriver, SyncDriver
from shelflife.cache.sync import SyncCore
from shelflife.django.pickled import SimplerValues, WholeResponses, allowed
from shelflife.django.portable import register
from shelflife.django.requests import announced_by, current_request
from shelflife.django.settings import Misconfigured, Settings, read_settings
from shelflife.errors import ConfigurationError
from shelflife.events import Counters, Hook, KeyClasses
from shelflife.operations import Context, Operation
from shelflife.stores import (
    AsyncMemoryStore,
    AsyncStore,
    MemoryStore,
    Store,
    client_of_url,
    open_async_store,
    open_store,
)
from shelflife.stores.replicas import AsyncReplicatedStore, ReplicatedStore

Servers = tuple[str, ...]


class VersionedKeyClasses(KeyClasses):
    """Gives classes of Django's keys, by what follows `KEY_PREFIX:VERSION:`."""

    def __init__(self, prefix: str) -> None:
        super().__init__("")
        self._head = re.compile(re.escape(prefix) + ":[0-9]+:")

    def name(self, key: str) -> str:
        """Give the name of the class of a whole key."""
        head = self._head.match(key)
        return super().name(key) if head is None else head[0] + super().name(key[head.end() :])


class BlockingSide(SyncCore):
    """Drives operations from any thread. Takes the options of `Cache`."""

    _reader_class = WholeResponses
    _writer_class = SimplerValues

    def __init__(self, key_classes: KeyClasses, servers: Servers, **options: Any) -> None:
        self._key_classes = key_classes
        self._servers = servers
        super().__init__(servers[0] if servers else None, **options)

    def _open(self, url: Optional[str], client: Any, **options: Any) -> Store:
        first = super()._open(url, client, **options)
        replicas = [open_store(server, **options) for server in self._servers[1:]]
        if not replicas:
            return first
        store = ReplicatedStore(first, replicas)
        self._drive = SyncDriver(store).drive
        return store

    def _make_key_classes(self, prefix: str) -> KeyClasses:
        del prefix  # keys come whole
        return self._key_classes

    @property
    def context(self) -> Context:
        """What operations share."""
        return self._context

    def run(self, operation: Operation) -> Any:
        """Run an operation to its end and give its result."""
        return self._drive(operation)

    def beside(self) -> Optional[AsyncMemoryStore]:
        """Give the entries of this process, if this is where they are."""
        return AsyncMemoryStore(self._store) if isinstance(self._store, MemoryStore) else None


class AsyncSide(AsyncCache):
    """Drives operations from any running loop, without a thread. Takes the options of `Cache`."""

    _reader_class = WholeResponses
    _writer_class = SimplerValues

    def __init__(self, blocking: BlockingSide, servers: Servers, **options: Any) -> None:
        self._blocking = blocking
        self._servers = servers
        super().__init__(servers[0] if servers else None, **options)

    def _make_key_classes(self, prefix: str) -> KeyClasses:
        return self._blocking._make_key_classes(prefix)  # noqa: SLF001 - another side of the same

    def _open(self, url: Optional[str], client: Any, **options: Any) -> AsyncStore:
        store: AsyncStore = self._blocking.beside() or super()._open(url, client, **options)
        replicas = [open_async_store(server, **options) for server in self._servers[1:]]
        if replicas:
            store = AsyncReplicatedStore(store, replicas)
        self._drive = AsyncDriver(store.run).drive
        return store

    @property
    def context(self) -> Context:
        """What operations share."""
        return self._context

    async def run(self, operation: Operation) -> Any:
        """Run an operation to its end and give its result."""
        return await self._drive(operation)


class Sides:
    """Both sides of one alias; the async one is made when it is first asked for."""

    def __init__(self, settings: Settings, key_prefix: str) -> None:
        self._settings = settings
        given = settings.options
        self._options = {
            **given,
            "types": register(given.get("types")),
            "allow": allowed(given.get("allow", ())),
        }
        self.blocking: BlockingSide = self._made(BlockingSide, VersionedKeyClasses(key_prefix))
        self.calm = Calm(current_request, announced_by)
        self._lock = threading.Lock()
        self._aside: Optional[AsyncSide] = None
        self._hooks: list[Hook] = []
        self._raw: dict[str, Any] = {}

    @property
    def aside(self) -> AsyncSide:
        """The async side."""
        if self._aside is None:
            with self._lock:
                if self._aside is None:
                    aside = self._made(AsyncSide, self.blocking)
                    for hook in self._hooks:
                        aside.on_event(hook)
                    self._aside = aside
        return self._aside

    def raw_client(self, *, write: bool) -> Any:
        """Give redis-py's client for the server that is written to, or for one of the others."""
        servers = self._settings.servers or (os.environ.get("SHELFLIFE_URL", ""),)
        server = servers[0] if write else random.choice(servers[1:] or servers)  # noqa: S311
        with self._lock:
            if server not in self._raw:
                options = self._settings.options
                timeouts = {name: options.get(name) for name in ("connect_timeout", "read_timeout")}
                self._raw[server] = client_of_url(server, timeouts)
            return self._raw[server]

    def counters(self) -> Counters:
        """Give what both have counted."""
        blocking = self.blocking.counters()
        return blocking if self._aside is None else blocking + self._aside.counters()

    def on_event(self, hook: Hook) -> None:
        """Call a hook with every event of both."""
        with self._lock:
            self._hooks.append(hook)
            aside = self._aside
        self.blocking.on_event(hook)
        if aside is not None:
            aside.on_event(hook)

    def forget_lock(self) -> None:
        """Begin with an open lock in a forked child: whoever held it is not there."""
        self._lock = threading.Lock()

    def _made(self, side: Any, beside: Any) -> Any:
        try:
            return side(beside, self._settings.servers, **self._options)
        except ConfigurationError as error:
            raise Misconfigured(f"CACHES: {error}") from error


_sides: dict[Any, Sides] = {}
_lock = threading.Lock()


def sides_of(location: Any, params: Mapping[str, Any]) -> Sides:
    """Give the sides of an alias, the same ones for the same settings.

    Raises:
        Misconfigured: If a setting is not known or cannot be.
    """
    what = (_frozen(location), _frozen(params))
    with _lock:
        sides = _sides.get(what)
        if sides is None:
            settings = read_settings(location, params)
            sides = _sides[what] = Sides(settings, str(params.get("KEY_PREFIX", "")))
    return sides


def _after_fork_in_child() -> None:
    global _lock  # noqa: PLW0603 - as above, for the one of the module
    _lock = threading.Lock()
    for sides in list(_sides.values()):
        sides.forget_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


class _Same:
    """Stands for an object that is equal to itself only, and keeps it alive."""

    def __init__(self, kept: object) -> None:
        self._kept = kept

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._kept is other._kept

    def __hash__(self) -> int:
        return id(self._kept)


def _frozen(value: Any) -> Any:
    """Give something hashable that is equal for equal settings; objects are equal to themselves."""
    if isinstance(value, Mapping):
        return tuple(sorted((str(name), _frozen(part)) for name, part in value.items()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value).__name__, tuple(map(_frozen, value))
    if isinstance(value, (str, int, float, type(None))):
        return type(value).__name__, value
    return _Same(value)
