"""Counters: plain ASCII integers that the server itself counts."""

from __future__ import annotations

from typing import Any, Optional

from shelflife.envelope import looks_sealed
from shelflife.errors import ConfigurationError, ServerError, Unreadable
from shelflife.lookup import Reason
from shelflife.operations.context import Context
from shelflife.operations.entries import INT64
from shelflife.operations.expiry import Ttl, milliseconds
from shelflife.operations.removing import forget, may_forget
from shelflife.operations.steps import Operation
from shelflife.stores.commands import Increment, Replace

_TRIES = 16
"""An enveloped int is turned into a counter once; losing this often means somebody undoes it."""


def incr(context: Context, key: str, by: int, ttl: Ttl, *, anew: bool = True) -> Operation:
    """-> the new value; None for a value that is no int (it stays), or an unavailable server.

    Creates with `ttl`, and keeps the expiry of what is there. An int in an envelope becomes a
    counter in one atomic step. A result outside 64 bits is refused by the server: None.

    An unreadable entry is told as a miss and removed, unless somebody has written meanwhile; then
    the count begins anew, with `ttl`. Unless it is to be `anew`: then that is None as well.
    """
    if isinstance(by, bool) or not isinstance(by, int) or by not in INT64:
        raise ConfigurationError("incr takes a whole number of at most 64 bits")
    if not context.reader.counts:
        raise ConfigurationError("incr: digits are no number in the dialect that this cache reads")
    try:
        return (yield from _count(context, key, by, milliseconds(ttl, context.ttl), anew=anew))
    except ServerError as error:
        context.not_stored("incr", key, error.kind, error.detail)
        context.server_failed("incr", key, error)
    return None


def _count(context: Context, key: str, by: int, expiry: Optional[int], *, anew: bool) -> Operation:
    name = context.name(key)
    for _ in range(_TRIES):
        reply = yield Increment(name, by, expiry)
        if reply.__class__ is int or reply is None:
            return reply
        try:
            number = _enveloped_int(context, key, reply)
        except Unreadable as error:
            context.unreadable("incr", key, reply, error)
            if not may_forget(reply) or ((yield from forget(context, key, reply)) and not anew):
                return None
            continue
        if number is None or number + by not in INT64:
            return None
        if (yield Replace(name, reply, b"%d" % (number + by))):
            return number + by
    return None


def _enveloped_int(context: Context, key: str, raw: Any) -> Optional[int]:
    """Give the int in an envelope; None, told as a miss, for another value.

    Raises:
        Unreadable: If there is no value.
    """
    value = context.reader.read(raw)
    if type(value) is int and looks_sealed(raw):
        return value
    no_counter = Unreadable(Reason.SCHEMA, "not a counter, and no int in an envelope")
    context.unreadable("incr", key, raw, no_counter)
    return None
