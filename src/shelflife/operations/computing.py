"""Read through: a value that is not there is computed, once in this process, and stored."""

from __future__ import annotations

import contextlib
from typing import Any, Callable

from shelflife.codecs import check_type
from shelflife.errors import NotPortable, ServerError, Unreadable
from shelflife.lookup import ABSENT, Miss, Reason
from shelflife.operations.context import Context
from shelflife.operations.expiry import Ttl, milliseconds
from shelflife.operations.steps import Compute, Operation, Share
from shelflife.operations.writing import set_
from shelflife.stores.commands import Get


def get_or_compute(
    context: Context, key: str, compute: Callable[[], Any], ttl: Ttl, as_type: Any
) -> Operation:
    """-> the cached value, or what `compute` gives. Raises only what `compute` raises.

    A value that cannot be stored is returned all the same, and told as not stored.
    """
    name = context.name(key)
    if as_type is not None:
        check_type(as_type)
    milliseconds(ttl, context.ttl)  # misuse shows at once, not only when something is computed
    try:
        raw = yield Get(name)
        value = context.judge("get_or_compute", key, raw, as_type)
    except ServerError as error:
        value = context.unavailable("get_or_compute", key, error)
    if value.__class__ is not Miss:
        return value

    def fill() -> Operation:
        if value.reason is not Reason.UNAVAILABLE:
            stored_meanwhile = yield from read_again(context, name, as_type)
            if stored_meanwhile.__class__ is not Miss:
                return stored_meanwhile
        computed = yield Compute(compute)
        with contextlib.suppress(NotPortable):  # told as not stored; the caller asked for a value
            yield from set_(context, key, computed, ttl)
        return computed

    return (yield Share(name, fill))


def read_again(context: Context, name: bytes, as_type: Any) -> Operation:
    """-> the value or a `Miss`, uncounted: another thread may have stored it while we came here."""
    try:
        raw = yield Get(name)
        return ABSENT if raw is None else context.value_of(raw, as_type)
    except (ServerError, Unreadable):
        return ABSENT
