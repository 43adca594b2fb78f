"""Counters: plain ASCII integers that the server itself counts."""

from __future__ import annotations

from typing import Any, Optional

from shelflife.envelope import looks_sealed
from shelflife.errors import ConfigurationError, ServerError, Unreadable
from shelflife.lookup import Reason
from shelflife.operations.context import Context
from shelflife.operations.entries import INT64
from shelflife.operations.expiry import Ttl, milliseconds
from shelflife.operations.steps import Operation
from shelflife.stores.commands import Increment, Replace

_TRIES = 16
"""An enveloped int is turned into a counter once; losing this often means somebody undoes it."""


def incr(context: Context, key: str, by: int, ttl: Ttl) -> Operation:
    """-> the new value; None for an entry that is no int (it stays), or an unavailable server.

    Creates with `ttl`, and keeps the expiry of what is there. An int in an envelope becomes a
    counter in one atomic step. A result outside 64 bits is refused by the server: None.
    """
    if isinstance(by, bool) or not isinstance(by, int) or by not in INT64:
        raise ConfigurationError("incr takes a whole number of at most 64 bits")
    if not context.reader.counts:
        raise ConfigurationError("incr: digits are no number in the dialect that this cache reads")
    name, expiry = context.name(key), milliseconds(ttl, context.ttl)
    try:
        for _ in range(_TRIES):
            reply = yield Increment(name, by, expiry)
            if reply.__class__ is int or reply is None:
                return reply
            number = _enveloped_int(context, key, reply)
            if number is None or number + by not in INT64:
                return None
            if (yield Replace(name, reply, b"%d" % (number + by))):
                return number + by
    except ServerError as error:
        context.not_stored("incr", key, error.kind, error.detail)
        context.server_failed("incr", key, error)
    return None


def _enveloped_int(context: Context, key: str, raw: Any) -> Optional[int]:
    """Give the int in an envelope; None, told as a miss, for anything else."""
    try:
        value = context.reader.read(raw)
        if type(value) is int and looks_sealed(raw):
            return value
        raise Unreadable(Reason.SCHEMA, "not a counter, and no int in an envelope")
    except Unreadable as error:
        context.unreadable("incr", key, raw, error)
        return None
