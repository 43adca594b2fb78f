"""Reads. Whatever lies under a key, each is a value or a miss; one bad entry spoils no batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, Optional

from shelflife.codecs import check_type
from shelflife.errors import ServerError
from shelflife.lookup import Miss
from shelflife.operations.context import Context
from shelflife.operations.steps import Operation
from shelflife.stores.commands import Get, GetMany, PartialReply

BATCH = 500
"""Keys in one command: more gain nothing and keep the server's other clients waiting."""


def get(context: Context, key: str, default: Any, as_type: Any) -> Operation:
    """-> the value, or the default."""
    if as_type is not None:
        check_type(as_type)
    try:
        raw = yield Get(context.name(key))
    except ServerError as error:
        context.unavailable("get", key, error)
        return default
    value = context.judge("get", key, raw, as_type)
    return default if value.__class__ is Miss else value


def value_or_miss(context: Context, key: str) -> Operation:
    """-> the value itself, or the `Miss`: for surfaces that need the reason on every read."""
    try:
        raw = yield Get(context.name(key))
    except ServerError as error:
        return context.unavailable("get", key, error)
    return context.judge("get", key, raw)


def lookup(context: Context, key: str, as_type: Any) -> Operation:
    """-> Hit or Miss."""
    if as_type is not None:
        check_type(as_type)
    try:
        raw = yield Get(context.name(key))
    except ServerError as error:
        return context.unavailable("lookup", key, error)
    value = context.judge("lookup", key, raw, as_type)
    return value if value.__class__ is Miss else context.reader.hit(raw, value)


def has(context: Context, key: str, also: Optional[Callable[[Any], object]] = None) -> Operation:
    """-> whether a lookup would hit: an unreadable entry is not had.

    Args:
        context: The cache's.
        key: The key.
        also: Says of what was found whether it is had though it is no entry, such as a lock.
    """
    try:
        raw = yield Get(context.name(key))
    except ServerError as error:
        context.unavailable("has", key, error)
        return False
    if also is not None and also(raw):
        return True
    return context.judge("has", key, raw).__class__ is not Miss


def get_many(context: Context, keys: Iterable[str], as_type: Any) -> Operation:
    """-> dict of the hits, in the order of the keys."""
    if as_type is not None:
        check_type(as_type)
    found: dict[str, Any] = {}
    for batch in batches(keys):
        _, values = yield from _judged(context, "get_many", batch, as_type)
        if Miss not in set(map(type, values)):
            found.update(zip(batch, values))
        else:
            found.update((k, v) for k, v in zip(batch, values) if v.__class__ is not Miss)
    return found


def values_or_misses(context: Context, keys: Iterable[str]) -> Operation:
    """-> dict of the value itself or the `Miss`, one for every key."""
    found: dict[str, Any] = {}
    for batch in batches(keys):
        _, values = yield from _judged(context, "get_many", batch, None)
        found.update(zip(batch, values))
    return found


def lookup_many(context: Context, keys: Iterable[str], as_type: Any) -> Operation:
    """-> dict of Hit or Miss, one for every key."""
    if as_type is not None:
        check_type(as_type)
    found: dict[str, Any] = {}
    hit = context.reader.hit
    for batch in batches(keys):
        entries, values = yield from _judged(context, "lookup_many", batch, as_type)
        for key, raw, value in zip(batch, entries, values):
            found[key] = value if value.__class__ is Miss else hit(raw, value)
    return found


def _judged(context: Context, operation: str, batch: list[str], as_type: Any) -> Operation:
    """-> what was found under each key, and the value or the `Miss` that it is."""
    try:
        entries = yield GetMany(context.names(batch))
    except ServerError as error:
        return [None] * len(batch), [context.unavailable(operation, batch, error)] * len(batch)
    if entries.__class__ is not PartialReply:
        return entries, context.judge_many(operation, batch, entries, as_type)
    answered, rest, found = _part(context, operation, batch, entries)
    found.update(zip(answered, context.judge_many(operation, answered, rest, as_type)))
    return entries, [found[key] for key in batch]


def _part(
    context: Context, operation: str, batch: list[str], entries: PartialReply
) -> tuple[list[str], list[Any], dict[str, Any]]:
    """Tell of servers that failed: -> the other keys, their entries, and misses for the rest."""
    failed: dict[str, list[str]] = {}
    errors: dict[str, ServerError] = {}
    for key, entry in zip(batch, entries):
        if isinstance(entry, ServerError):
            failed.setdefault(str(entry), []).append(key)
            errors[str(entry)] = entry
    missed: dict[str, Any] = {}
    for said, keys in failed.items():
        missed.update(dict.fromkeys(keys, context.unavailable(operation, keys, errors[said])))
    answered = [key for key in batch if key not in missed]
    rest = [entry for entry in entries if not isinstance(entry, ServerError)]
    return answered, rest, missed


def batches(keys: Iterable[str]) -> list[list[str]]:
    """Give the keys, each once, in lists of at most `BATCH`."""
    once = list(dict.fromkeys(keys))
    return [once[start : start + BATCH] for start in range(0, len(once), BATCH)]
