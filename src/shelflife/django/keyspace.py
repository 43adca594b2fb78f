"""Keys by pattern, as django-redis has them: found, removed; and what is left of their time.

Generators like those of `calls.py`. A pattern is the server's own: `*`, `?`, `[a-c]`, and a
backslash before what is meant literally.
"""

from __future__ import annotations

import re
from datetime import datetime
from time import time
from typing import Any, Optional, Union

from shelflife.django import calls
from shelflife.errors import ServerError
from shelflife.operations import Context, Operation
from shelflife.operations.reading import BATCH
from shelflife.stores.commands import Expire, Scan, Unlink

_SPECIAL = re.compile(r"([*?\[\]\\])")


def literal(text: str) -> str:
    """Give the pattern that matches just this text."""
    return _SPECIAL.sub(r"\\\1", text)


def scan(context: Context, pattern: str, cursor: Optional[object]) -> Operation:
    """-> (next cursor or None at the end, some names of keys that match)."""
    try:
        following, names = yield Scan(b"", cursor, pattern.encode())
    except ServerError as error:
        context.server_failed("keys", "", error)
        return None, []
    return following, [name for name in map(_decoded, names) if name is not None]


def find(context: Context, pattern: str) -> Operation:
    """-> the names of all keys that match, each once."""
    found: dict[str, None] = {}
    cursor: Optional[object] = None
    while True:
        cursor, names = yield from scan(context, pattern, cursor)
        found.update(dict.fromkeys(names))
        if cursor is None:
            return list(found)


def remove(context: Context, pattern: str) -> Operation:
    """-> how many keys were removed; None if the server did not confirm all of it."""
    removed, cursor = 0, None
    try:
        while True:
            cursor, names = yield Scan(b"", cursor, pattern.encode())
            for start in range(0, len(names), BATCH):
                removed += yield Unlink(tuple(names[start : start + BATCH]))
            if cursor is None:
                return removed
    except ServerError as error:
        context.lost_invalidation("delete_pattern", "", error)
        context.server_failed("delete_pattern", "", error)
        return None


def left(context: Context, key: str) -> Operation:
    """-> milliseconds that an entry has left: None without expiry, 0 if there is none."""
    remaining = yield from calls.remaining(context, key)
    return None if remaining == -1 else remaining or 0


def in_seconds(milliseconds: Optional[int]) -> Optional[int]:
    """Give what is left in whole seconds."""
    return None if milliseconds is None else (milliseconds + 500) // 1000


def from_milliseconds(timeout: Any) -> Any:
    """Give a timeout in milliseconds, or a timedelta, as Django's methods take it."""
    return timeout / 1000 if isinstance(timeout, (int, float)) else timeout


def seconds_until(when: Union[datetime, float], parts: int = 1) -> float:
    """Give the timeout that ends at a time, or so many parts of a second after the epoch."""
    return (when.timestamp() if isinstance(when, datetime) else when / parts) - time()


def persist(context: Context, key: str) -> Operation:
    """-> whether it had an expiry, and has none any more."""
    left = yield from calls.remaining(context, key)
    if left is None or left < 0:
        return False
    try:
        return (yield Expire(context.name(key), None))
    except ServerError as error:
        context.server_failed("persist", key, error)
        return False


def _decoded(name: Any) -> Optional[str]:
    try:
        text: str = name.decode()
    except UnicodeDecodeError:
        return None  # not Django's: it could not be asked for
    return text
