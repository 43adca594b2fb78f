"""Writes.

Rules:
1. A `set` that stores nothing unlinks the key: an old value must not outlive its update.
2. What the user should not have passed raises, after rule 1; everything else returns False.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from shelflife.errors import BelowFloor, NotPortable, ServerError
from shelflife.operations.context import Context
from shelflife.operations.entries import EntryTooLarge
from shelflife.operations.expiry import Ttl, milliseconds
from shelflife.operations.reading import BATCH
from shelflife.operations.steps import Operation
from shelflife.stores.commands import Set, SetMany, Unlink

_Refusal = (NotPortable, BelowFloor, EntryTooLarge)
_REASONS: dict[type, str] = dict(zip(_Refusal, ("not-portable", "below-floor", "too-large")))
BATCH_BYTES = 4 * 1024 * 1024
"""What one pipeline may weigh: a batch of large values must not be held twice in memory."""

_SILENT = frozenset({"refused", "timeout", "closed", "auth", "loading", "busy", "failing-fast"})
"""Kinds of failure after which asking the same server to unlink would only wait again."""


def set_(
    context: Context, key: str, value: Any, ttl: Ttl, *, if_present: bool = False
) -> Operation:
    """-> whether it was stored. Raises NotPortable."""
    name, expiry = context.name(key), milliseconds(ttl, context.ttl)
    try:
        entry = context.writer.write(value)
    except _Refusal as error:
        yield from _refused(context, "set", key, error)
        if isinstance(error, NotPortable):
            raise
        return False
    try:
        stored = yield Set(name, entry, expiry, if_present=if_present)
    except ServerError as error:
        yield from _dropped(context, "set", key, error)
        context.server_failed("set", key, error)
        return False
    if not stored:
        return False
    context.recorder.stored()
    if context.rewrites.watched:
        context.stored("set", key)
    return True


def add(context: Context, key: str, value: Any, ttl: Ttl) -> Operation:
    """-> whether it was stored; not if an entry is there, readable or not. Raises NotPortable."""
    name, expiry = context.name(key), milliseconds(ttl, context.ttl)
    try:
        entry = context.writer.write(value)
    except _Refusal as error:
        _tell_refusal(context, "add", key, error)
        if isinstance(error, NotPortable):
            raise
        return False
    try:
        stored = yield Set(name, entry, expiry, if_absent=True)
    except ServerError as error:
        context.not_stored("add", key, error.kind, error.detail)
        context.server_failed("add", key, error)
        return False
    if stored:
        context.recorder.stored()
    return stored


def set_many(context: Context, values: Mapping[str, Any], ttl: Ttl) -> Operation:
    """-> dict of whether each was stored, and the first NotPortable (or None)."""
    expiry = milliseconds(ttl, context.ttl)
    stored = dict.fromkeys(values, False)
    misuse: Optional[NotPortable] = None
    failure: Optional[ServerError] = None
    batch: dict[str, tuple[bytes, bytes]] = {}
    size = 0
    for key, value in values.items():
        try:
            batch[key] = (context.name(key), context.writer.write(value))
        except _Refusal as error:
            yield from _refused(context, "set_many", key, error)
            if isinstance(error, NotPortable):
                misuse = misuse or error
            continue
        size += len(batch[key][1])
        if size > BATCH_BYTES or len(batch) == BATCH:
            failure = (yield from _store_batch(context, batch, expiry, stored)) or failure
            batch, size = {}, 0
    if batch:
        failure = (yield from _store_batch(context, batch, expiry, stored)) or failure
    if failure is not None:  # told last, as it may raise: no key may keep its old value for that
        context.server_failed("set_many", next(iter(values)), failure)
    return stored, misuse


def _store_batch(
    context: Context,
    entries: dict[str, tuple[bytes, bytes]],
    expiry: Optional[int],
    stored: dict[str, bool],
) -> Operation:
    """-> a failure of the server, if there was one; notes in `stored` what was stored."""
    failure = None
    try:
        replies = yield SetMany(tuple(entries.values()), expiry)
    except ServerError as error:
        replies = [error] * len(entries)
    for key, reply in zip(entries, replies):
        stored[key] = reply is True
        if reply is not True:
            failure = reply
            yield from _dropped(context, "set_many", key, reply)
    context.recorder.stored(sum(stored[key] for key in entries))
    if context.rewrites.watched:
        for key in entries:
            if stored[key]:
                context.stored("set_many", key)
    return failure


def _refused(context: Context, operation: str, key: str, error: Exception) -> Operation:
    """Tell that we did not write, and unlink what the value should have replaced."""
    _tell_refusal(context, operation, key, error)
    yield from _unlink(context, operation, key)


def _tell_refusal(context: Context, operation: str, key: str, error: Exception) -> None:
    reason, path = _REASONS[type(error)], getattr(error, "path", None)
    context.not_stored(operation, key, reason, _without_path(error), path)


def _without_path(error: Exception) -> str:
    """Say what was wrong but not where: a path quotes keys of the value, and this gets logged."""
    if isinstance(error, NotPortable):
        return f"{error.type_name} is not portable: {error.remedy}"
    return error.detail if isinstance(error, BelowFloor) else str(error)


def _dropped(context: Context, operation: str, key: str, error: ServerError) -> Operation:
    """Tell that the server did not write; where it still answers, unlink the old value."""
    context.not_stored(operation, key, error.kind, error.detail)
    if error.kind not in _SILENT:
        yield from _unlink(context, operation, key)


def _unlink(context: Context, operation: str, key: str) -> Operation:
    try:
        yield Unlink((context.name(key),))
    except ServerError as error:
        context.lost_invalidation(operation, key, error)
