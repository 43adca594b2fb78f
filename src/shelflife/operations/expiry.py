"""Time to live: what users may say, in seconds, and what the store is told, in milliseconds."""

from __future__ import annotations

import math
from datetime import timedelta
from enum import Enum
from typing import Optional, Union

from shelflife.errors import ConfigurationError, ServerError
from shelflife.operations.context import Context
from shelflife.operations.steps import Operation
from shelflife.stores.commands import Expire, TimeToLive


class Default(Enum):
    """`ttl=DEFAULT`: the cache's own default."""

    DEFAULT = "the cache's default"


DEFAULT = Default.DEFAULT
Ttl = Union[float, timedelta, None, Default]

_LONGEST = 10**11  # seconds; the server's clock counts milliseconds in 64 bits


def milliseconds(ttl: Ttl, default: Optional[int] = None) -> Optional[int]:
    """Give a time to live as whole milliseconds, at least one; None for no expiry.

    Raises:
        ConfigurationError: If it is not a number of seconds above 0, a timedelta, or None.
    """
    if ttl is DEFAULT:
        return default
    if ttl is None:
        return None
    seconds = ttl.total_seconds() if isinstance(ttl, timedelta) else ttl
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ConfigurationError(
            f"ttl is {type(ttl).__name__}; it takes seconds (a number above 0), a timedelta, or "
            "None for no expiry"
        )
    if not 0 < seconds <= _LONGEST:
        raise ConfigurationError(
            f"ttl is {seconds}; it takes a number of seconds above 0 (to {_LONGEST:.0e}), or None "
            "for no expiry"
        )
    return max(1, math.ceil(seconds * 1000))


def touch(context: Context, key: str, ttl: Ttl) -> Operation:
    """Give an entry a new time to live. -> whether there is one, and the server did it."""
    name, expiry = context.name(key), milliseconds(ttl, context.ttl)
    try:
        return (yield Expire(name, expiry))
    except ServerError as error:
        context.server_failed("touch", key, error)
        return False


def ttl(context: Context, key: str) -> Operation:
    """-> seconds left; infinite without expiry, 0.0 without an entry or without an answer."""
    try:
        left = yield TimeToLive(context.name(key))
    except ServerError as error:
        context.server_failed("ttl", key, error)
        return 0.0
    if left == -1:
        return math.inf
    return max(left, 0) / 1000
