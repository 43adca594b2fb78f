"""Entries in this process: the same commands and replies, without a server.

Rules:
1. One lock around each command, remade in a forked child: no thread is left there to release it.
2. What has expired is never given, and is swept before the entries double: it cannot pile up.
"""

from __future__ import annotations

import os
import re
import threading
import time
import weakref
from typing import Any, Callable, ClassVar, NamedTuple, Optional, Union

from shelflife.errors import ServerError
from shelflife.stores.commands import (
    WRONG_TYPE,
    AddToFields,
    Command,
    Expire,
    FieldValues,
    Get,
    GetMany,
    HashContent,
    Increment,
    ReadFields,
    ReadHash,
    Remove,
    Replace,
    Scan,
    Set,
    SetMany,
    SwapFields,
    TimeToLive,
    Unlink,
    WriteFields,
    WrongType,
)
from shelflife.stores.globs import glob, starts_with

_COUNTER = re.compile(rb"0|-?[1-9][0-9]{0,18}")  # what the server itself takes for an integer
_INT64 = range(-(2**63), 2**63)
_SWEEP_FROM = 1024  # entries; below that, a sweep is not worth its while
_SCAN_COUNT = 1000


class _Kept(NamedTuple):
    entry: bytes
    expires: Optional[int]  # milliseconds of the store's clock


class MemoryStore:
    """A `Store` in this process, for any of its threads. A forked child has its own copy.

    Args:
        clock: Gives seconds that only go forward.
    """

    address = "memory://"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}
        self._hashes: dict[bytes, dict[bytes, bytes]] = {}
        self._fading: dict[bytes, int] = {}  # those hashes that expire
        self._sweep_at = _SWEEP_FROM
        self._lock = threading.Lock()
        _stores.add(self)

    def __repr__(self) -> str:
        return "MemoryStore()"

    def run(self, command: Command) -> Any:
        """Carry out a command; see `Store.run`."""
        with self._lock:
            return self._answers[type(command)](self, command)

    def close(self) -> None:
        """Do nothing: there is no connection to give back, and the entries stay."""

    def forget_lock(self) -> None:
        """Begin with an open lock in a forked child."""
        self._lock = threading.Lock()

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _find(self, key: bytes) -> Optional[_Kept]:
        kept = self._kept.get(key)
        if kept is not None and kept.expires is not None and kept.expires <= self._now():
            del self._kept[key]
            return None
        return kept

    def _keep(self, key: bytes, entry: bytes, ttl: Optional[int]) -> None:
        self._kept[key] = _Kept(entry, None if ttl is None else self._now() + ttl)
        if len(self._kept) >= self._sweep_at:
            self._sweep()

    def _sweep(self) -> None:
        for key in list(self._kept):
            self._find(key)
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._kept))

    def _get(self, command: Get) -> Union[bytes, WrongType, None]:
        kept = self._find(command.key)
        if kept is None:
            return WRONG_TYPE if command.key in self._hashes else None
        return kept.entry

    def _get_many(self, command: GetMany) -> list[Optional[bytes]]:
        found = [self._find(key) for key in command.keys]
        return [None if kept is None else kept.entry for kept in found]

    def _set(self, command: Set) -> bool:
        _check(command.ttl)
        if (command.if_absent or command.if_present) and (
            command.if_absent == (self._find(command.key) is not None)
        ):
            return False
        self._hashes.pop(command.key, None)
        self._keep(command.key, command.entry, command.ttl)
        return True

    def _set_many(self, command: SetMany) -> list[bool]:
        return [self._set(Set(key, entry, command.ttl)) for key, entry in command.entries]

    def _unlink(self, command: Unlink) -> int:
        there = [key for key in dict.fromkeys(command.keys) if self._find(key) is not None]
        for key in there:
            del self._kept[key]
        hashes = [self._hashes.pop(key) for key in command.keys if key in self._hashes]
        return len(there) + len(hashes)

    def _expire(self, command: Expire) -> bool:
        kept = self._find(command.key)
        if kept is None:
            return False
        self._keep(command.key, kept.entry, command.ttl)
        return True

    def _time_to_live(self, command: TimeToLive) -> int:
        kept = self._find(command.key)
        if kept is None:
            return -2
        return -1 if kept.expires is None else kept.expires - self._now()

    def _increment(self, command: Increment) -> Any:
        if command.by not in _INT64:
            return None
        kept = self._find(command.key)
        before = 0
        if kept is not None:
            counter = _COUNTER.fullmatch(kept.entry)
            if counter is None or int(kept.entry) not in _INT64:
                return kept.entry
            before = int(kept.entry)
        after = before + command.by
        if after not in _INT64:
            return None
        if kept is None:
            _check(command.ttl)
            self._keep(command.key, b"%d" % after, command.ttl)
        else:
            self._kept[command.key] = kept._replace(entry=b"%d" % after)
        return after

    def _replace(self, command: Replace) -> bool:
        kept = self._find(command.key)
        if kept is None or kept.entry != command.old:
            return False
        self._kept[command.key] = kept._replace(entry=command.new)
        if command.ttl is not None:
            self._keep(command.key, command.new, command.ttl)
        return True

    def _remove(self, command: Remove) -> bool:
        kept = self._find(command.key)
        if kept is None or kept.entry != command.old:
            return False
        del self._kept[command.key]
        return True

    def _read_hash(self, command: ReadHash) -> Union[HashContent, WrongType]:
        if self._find(command.key) is not None:
            return WRONG_TYPE
        fields = self._hashes.get(command.key, {})
        few = len(fields) <= command.most
        return HashContent(dict(fields) if few else {}, len(fields), self._clock())

    def _read_fields(self, command: ReadFields) -> Union[FieldValues, WrongType]:
        if self._find(command.key) is not None:
            return WRONG_TYPE
        fields = self._hashes.get(command.key, {})
        return FieldValues([fields.get(field) for field in command.fields], self._clock())

    def _write_fields(self, command: Union[WriteFields, SwapFields]) -> Union[bool, WrongType]:
        if self._find(command.key) is not None:
            return WRONG_TYPE
        fields = self._hashes.setdefault(command.key, {})
        fields.update(command.puts)
        for field in command.removals:
            fields.pop(field, None)
        if not fields:
            del self._hashes[command.key]
        return True

    def _swap_fields(self, command: SwapFields) -> Union[bool, WrongType]:
        found = self._hashes.get(command.key, {}).get(command.field)
        return self._write_fields(command) if found == command.expected else False

    def _add_to_fields(self, command: AddToFields) -> Union[int, WrongType]:
        for key in [key for key, expires in self._fading.items() if expires <= self._now()]:
            del self._fading[key]
            self._hashes.pop(key, None)
        if self._find(command.key) is not None:
            return WRONG_TYPE
        fields = self._hashes.setdefault(command.key, {})
        size = len(fields)
        for field, number in command.adds:
            before = fields.get(field, b"0")
            if _COUNTER.fullmatch(before):
                fields[field] = b"%d" % (int(before) + number)
        self._fading[command.key] = self._now() + command.ttl
        return size

    def _scan(self, command: Scan) -> tuple[Optional[object], list[bytes]]:
        # The cursor holds the keys of the moment the scan began: what stays, is found.
        waiting: Any = command.cursor
        if waiting is None:
            matches = starts_with(command.prefix)
            if command.pattern is not None:
                matches = glob(command.pattern)
            waiting = [key for key in self._kept if matches(key)]
        found = [key for key in waiting[:_SCAN_COUNT] if self._find(key) is not None]
        return waiting[_SCAN_COUNT:] or None, found

    _answers: ClassVar[dict[type, Callable[[MemoryStore, Any], Any]]] = {
        Get: _get,
        GetMany: _get_many,
        Set: _set,
        SetMany: _set_many,
        Unlink: _unlink,
        Expire: _expire,
        TimeToLive: _time_to_live,
        Increment: _increment,
        Replace: _replace,
        Remove: _remove,
        Scan: _scan,
        ReadHash: _read_hash,
        ReadFields: _read_fields,
        WriteFields: _write_fields,
        SwapFields: _swap_fields,
        AddToFields: _add_to_fields,
    }


class AsyncMemoryStore:
    """An `AsyncStore` over a `MemoryStore`; nothing in it ever waits.

    Args:
        store: Whose entries; a new, empty one by default.
    """

    address = MemoryStore.address

    def __init__(self, store: Optional[MemoryStore] = None) -> None:
        self._store = MemoryStore() if store is None else store

    def __repr__(self) -> str:
        return "AsyncMemoryStore()"

    async def run(self, command: Command) -> Any:
        """Carry out a command; see `Store.run`."""
        return self._store.run(command)

    async def close(self) -> None:
        """Do nothing; see `MemoryStore.close`."""


def _check(ttl: Optional[int]) -> None:
    if ttl is not None and ttl <= 0:
        raise ServerError("other", f"an expiry of {ttl} ms: it must be above zero")


_stores: weakref.WeakSet[MemoryStore] = weakref.WeakSet()


def _forget_all() -> None:
    for store in list(_stores):
        store.forget_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
