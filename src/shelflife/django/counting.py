"""Counting as Django has it: what is not there is not counted, and no number is too large.

Rules:
1. The server counts what it can: whole numbers of 64 bits, in one step.
2. Other numbers are counted here, and written if nobody has changed them meanwhile.
3. After a failure of the server nothing is counted twice.
"""

from __future__ import annotations

from typing import Any

from shelflife import operations
from shelflife.django.calls import GONE, SHORTEST, Expiry, remaining
from shelflife.errors import ServerError
from shelflife.lookup import Miss, Reason
from shelflife.operations import Context, Operation
from shelflife.operations.entries import INT64, as_counter
from shelflife.stores.commands import Get, Replace

_TRIES = 16


class Uncountable:
    """There is a value, but no number."""


UNCOUNTABLE = Uncountable()


def incr(context: Context, key: str, by: Any, expiry: Expiry, *, create: bool) -> Operation:
    """-> the new number; a `Miss`, for which nothing is made unless asked; or `Uncountable`.

    Between the look whether it is there and the count it may expire; it then begins anew.
    """
    if not create and (yield from remaining(context, key)) is None:
        return context.judge("incr", key, None)
    if context.reader.counts and type(by) is int and by in INT64:
        anew = SHORTEST if expiry == GONE else expiry
        number = yield from operations.incr(context, key, by, anew)
        if number is not None:
            return number
    try:
        return (yield from _count_here(context, key, by))
    except ServerError as error:
        context.server_failed("incr", key, error)
        return Miss(Reason.UNAVAILABLE, str(error))


def _count_here(context: Context, key: str, by: Any) -> Operation:
    name = context.name(key)
    for _ in range(_TRIES):
        raw = yield Get(name, fresh=True)
        value = context.peek(raw)
        if isinstance(value, Miss):
            return value
        if type(value) not in (int, float):
            return UNCOUNTABLE
        number = value + by
        by_server = context.reader.counts and as_counter(raw) is not None
        if by_server and type(number) is int and number in INT64:  # a range is slow about floats
            return Miss(Reason.UNAVAILABLE, "the server did not say whether it has counted")
        if (yield Replace(name, raw, context.writer.write(number))):
            return number
    return Miss(Reason.UNAVAILABLE, f"others have changed the number {_TRIES} times in a row")
