"""A lock that the server keeps for all processes: a key that exists, with its owner's token.

Rules:
1. It is a help against computing twice, no promise: where the server does not answer there is
   nobody to wait for, and it counts as acquired.
2. Only its owner releases it: a lock that has expired may be another's by now.
3. It is what redis-py's own lock writes, so that clients of both kinds wait for each other.
"""

from __future__ import annotations

from typing import Optional

from shelflife.errors import ServerError
from shelflife.operations.context import Context
from shelflife.operations.steps import Operation
from shelflife.stores.commands import Get, Remove, Set


def acquire(context: Context, key: str, token: bytes, expiry: Optional[int]) -> Operation:
    """-> whether the lock is ours now. `expiry` in milliseconds, None for none."""
    try:
        return (yield Set(context.name(key), token, expiry, if_absent=True))
    except ServerError as error:
        context.server_failed("acquire", key, error)
        return True


def release(context: Context, key: str, token: bytes) -> Operation:
    """-> whether it was ours until now."""
    try:
        return (yield Remove(context.name(key), token))
    except ServerError as error:
        context.server_failed("release", key, error)
        return False


def locked(context: Context, key: str) -> Operation:
    """-> whether anybody has the lock."""
    try:
        return (yield Get(context.name(key))) is not None
    except ServerError as error:
        context.server_failed("locked", key, error)
        return False
