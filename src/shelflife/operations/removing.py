"""Removals. One that the server did not confirm returns None and counts as a lost invalidation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional

from shelflife.errors import ConfigurationError, ServerError
from shelflife.operations.context import Context
from shelflife.operations.reading import batches
from shelflife.operations.steps import Operation
from shelflife.stores.commands import Scan, Unlink


def delete(context: Context, key: str) -> Operation:
    """-> how many entries were there (0 or 1), or None if the server did not confirm."""
    name = context.name(key)
    try:
        return (yield Unlink((name,)))
    except ServerError as error:
        context.lost_invalidation("delete", key, error)
        context.server_failed("delete", key, error)
        return None


def delete_many(context: Context, keys: Iterable[str]) -> Operation:
    """-> how many entries were there, or None if the server did not confirm all of them."""
    removed = 0
    failure: Optional[ServerError] = None
    for batch in batches(keys):
        try:
            removed += yield Unlink(context.names(batch))
        except ServerError as error:
            failure = error
            for key in batch:
                context.lost_invalidation("delete_many", key, error)
    if failure is None:
        return removed
    context.server_failed("delete_many", "", failure)  # last, as it may raise
    return None


def clear(context: Context, below: Optional[str] = None) -> Operation:
    """-> how many entries below the prefix were removed, or None if the server did not confirm.

    Args:
        context: The cache's.
        below: A further prefix; giving one, even an empty one, says that no prefix is meant too.

    Raises:
        ConfigurationError: If the cache has no prefix and none is given.
    """
    if not context.prefix and below is None:
        raise ConfigurationError(
            "clear() removes everything below the cache's prefix, and this cache has none; give "
            "the cache a prefix, or delete keys by name"
        )
    prefix = context.name(below or "")
    removed, cursor = 0, None
    try:
        while True:
            cursor, names = yield Scan(prefix, cursor)
            if names:
                removed += yield Unlink(tuple(names))
            if cursor is None:
                return removed
    except ServerError as error:
        context.lost_invalidation("clear", "", error)
        context.server_failed("clear", "", error)
        return None
