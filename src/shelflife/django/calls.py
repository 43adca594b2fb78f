"""What Django's methods mean, where that is more than an operation of shelflife's.

Generators like the operations they are made of: the blocking side drives them, and so does the
async one. An expiry is seconds, None for none, or `GONE` for what must not be kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional

from shelflife import operations
from shelflife.errors import NotPortable, ServerError
from shelflife.lookup import Miss, Reason
from shelflife.operations import Compute, Context, Operation, Share
from shelflife.stores.commands import Get, TimeToLive

GONE = 0.0
"""The expiry of Django's timeouts of 0 and less: nothing may be left under the key."""
Expiry = Optional[float]
LookAgain = Callable[[Context, str, Miss], Operation]

_TOKEN = re.compile(rb"[0-9a-f]{32}")
"""What a lock's key holds: no entry of any of the forms that are written."""

SHORTEST = 0.001
"""Seconds that something lives at least."""


def set_(
    context: Context, key: str, value: Any, expiry: Expiry, *, if_present: bool = False
) -> Operation:
    """-> whether it was stored; with GONE, whether something was removed. Raises NotPortable."""
    if expiry == GONE:
        return (yield from delete(context, key))
    return (yield from operations.set_(context, key, value, expiry, if_present=if_present))


def add(context: Context, key: str, value: Any, expiry: Expiry) -> Operation:
    """-> whether the key was free. Raises NotPortable."""
    if expiry != GONE:
        return (yield from operations.add(context, key, value, expiry))
    was_free = yield from operations.add(context, key, value, SHORTEST)
    if was_free:
        yield from delete(context, key)
    return was_free


def set_many(context: Context, values: Mapping[str, Any], expiry: Expiry) -> Operation:
    """-> a dict of whether each was stored, and the first NotPortable (or None)."""
    if expiry == GONE:
        yield from operations.delete_many(context, values)
        return dict.fromkeys(values, True), None
    return (yield from operations.set_many(context, values, expiry))


def delete(context: Context, key: str) -> Operation:
    """-> whether there was an entry, and it is gone."""
    return bool((yield from operations.delete(context, key)))


def touch(context: Context, key: str, expiry: Expiry) -> Operation:
    """-> whether there is an entry, and it has the new expiry."""
    if expiry == GONE:
        return (yield from delete(context, key))
    return (yield from operations.touch(context, key, expiry))


def has(context: Context, key: str) -> Operation:
    """-> whether `get` would give a value, or a lock is held that is kept under this key."""
    return (yield from operations.has(context, key, _is_token))


def found_again(context: Context, found: dict[str, Any], look_again: LookAgain) -> Operation:
    """-> values and misses by name, after another look at what could not be read.

    In one order for all: who computes the first of several computes the rest as well.
    """
    for name in sorted(name for name, value in found.items() if value.__class__ is Miss):
        found[name] = yield from look_again(context, name, found[name])
    return found


def delete_many(context: Context, keys: Iterable[str]) -> Operation:
    """-> how many entries were there, or None if the server did not confirm."""
    return (yield from operations.delete_many(context, keys))


def clear(context: Context, below: str) -> Operation:
    """-> whether the server confirmed that nothing is left below."""
    return (yield from operations.clear(context, below=below)) is not None


def get_or_set(context: Context, key: str, compute: Callable[[], Any], expiry: Expiry) -> Operation:
    """-> the cached value, or what was computed, once in this process at a time.

    Whoever stores first decides, as in Django; but what cannot be read is overwritten.
    """
    found = yield from operations.value_or_miss(context, key)
    if not isinstance(found, Miss):
        return found

    def fill() -> Operation:
        if found.reason is not Reason.UNAVAILABLE:
            meanwhile = yield from read_again(context, key)
            if not isinstance(meanwhile, Miss):
                return meanwhile
        computed = yield Compute(compute)
        if expiry == GONE:
            return computed
        return (yield from _keep_first(context, key, computed, expiry))

    return (yield Share(context.name(key), fill))


def _keep_first(context: Context, key: str, value: Any, expiry: Expiry) -> Operation:
    """Store a value unless somebody else has: -> the one that is kept."""
    try:
        if (yield from operations.add(context, key, value, expiry)):
            return value
        theirs = yield from read_again(context, key)
        if not isinstance(theirs, Miss):
            return theirs
        if theirs.reason is not Reason.UNAVAILABLE:
            yield from operations.set_(context, key, value, expiry)
    except NotPortable:
        pass  # told as not stored; the caller asked for a value
    return value


def read_again(context: Context, key: str) -> Operation:
    """-> the value or the `Miss`, uncounted: it was counted a moment ago."""
    try:
        raw = yield Get(context.name(key), fresh=True)
    except ServerError as error:
        return Miss(Reason.UNAVAILABLE, str(error))
    return context.peek(raw)


def move(context: Context, key: str, to: str) -> Operation:
    """Store a value under another key, with what is left of its expiry: -> whether it is there."""
    found = yield from operations.value_or_miss(context, key)
    if isinstance(found, Miss):
        return False
    left = yield from remaining(context, key)
    if left is None:
        return False
    stored = yield from operations.set_(context, to, found, _seconds(left))
    if stored and to != key:
        yield from operations.delete(context, key)
    return stored


def remaining(context: Context, key: str) -> Operation:
    """-> milliseconds left, -1 without expiry; None without an entry or an answer."""
    try:
        left = yield TimeToLive(context.name(key))
    except ServerError as error:
        context.server_failed("ttl", key, error)
        return None
    return None if left == -2 else left


def _seconds(left: int) -> Optional[float]:
    return None if left < 0 else max(left, 1) / 1000


def _is_token(raw: Any) -> bool:
    return raw.__class__ is bytes and _TOKEN.fullmatch(raw) is not None
