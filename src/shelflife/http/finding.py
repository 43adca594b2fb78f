"""Operations: find the response for a request, keep one, forget one.

Rules:
1. A key holds a response; or, if responses differ by request headers, the names of these headers,
   and the variants are below keys of their own.
2. Whatever else lies there is a miss with its reason, and is overwritten by the next `keep`.
3. A request that is told apart by more than headers (`APART`) gets no response that is not.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional, Union

from shelflife.errors import ServerError, Unreadable
from shelflife.http.computations import Computation, note_forgotten, note_stored
from shelflife.http.facts import APART
from shelflife.http.keys import variant_key
from shelflife.http.making import varying
from shelflife.http.stored import StoredResponse, Variants, from_portable, to_portable
from shelflife.lookup import Reason
from shelflife.operations import Context, Operation, delete, set_
from shelflife.stores.commands import Get


class Missing(NamedTuple):
    """None, and where it would be: `key`; `variants` if the key before it says how they differ.

    Requests with one key may wait for one another.
    """

    key: str
    variants: Optional[Variants] = None


class Found(NamedTuple):
    """A response for the request; `again` is where a newer one would be."""

    response: StoredResponse
    again: Missing


def find(context: Context, key: str, headers: Mapping[str, str]) -> Operation:
    """-> Found, or Missing, counted as one hit or one miss.

    Args:
        context: The cache's.
        key: From `key_for` or `custom_key`.
        headers: The request's, names in lower case.
    """
    return (yield from _find(context, key, headers, counted=True))


def find_again(context: Context, key: str, headers: Mapping[str, str]) -> Operation:
    """-> the same, uncounted: for whoever is about to compute."""
    return (yield from _find(context, key, headers, counted=False))


def keep(
    context: Context,
    key: str,
    headers: Mapping[str, str],
    response: StoredResponse,
    variants: Optional[Variants] = None,
    computation: Optional[Computation] = None,
) -> Operation:
    """-> whether it was stored, and not forgotten while it was computed.

    Args:
        context: The cache's.
        key: The request's, not the variant's.
        headers: The request's.
        response: From `to_store`.
        variants: What `find` said, if it did: whether they are to be looked for.
        computation: It, which has begun before there was a response.
    """
    if computation is None:
        computation = Computation(b"")
    if computation.is_forgotten():
        return False
    stored = yield from _store(context, key, headers, response, variants)
    note_stored()
    if (
        computation.is_forgotten()
    ):  # meanwhile: who forgot it may have been here before it was stored
        yield from delete(context, key)
        return False
    return stored


def forget(context: Context, key: str) -> Operation:
    """-> whether the server confirmed that neither the response nor a variant is found any more."""
    note_forgotten(context.name(key))
    return (yield from delete(context, key)) is not None


def _store(
    context: Context,
    key: str,
    headers: Mapping[str, str],
    response: StoredResponse,
    variants: Optional[Variants],
) -> Operation:
    where = key
    names = {*varying(response.headers), *(headers.keys() & {APART})}
    if variants is not None or names:
        variants = yield from _current_variants(context, key, names)
        where = key if variants is None else variant_key(key, variants, headers)
    ttl = response.fresh_for
    stored = yield from set_(context, where, to_portable(response), ttl)
    if stored and variants is not None:
        stored = yield from set_(context, key, to_portable(variants), ttl)
    return stored


def _current_variants(context: Context, key: str, differing: set[str]) -> Operation:
    """-> how responses differ, one that differs by these included; None if they do not.

    What `find` said is too old: a key that was forgotten since would bring its variants back.
    """
    before = yield from _read(context, key, counted=False)
    before_names = before.names if isinstance(before, Variants) else ()
    names = tuple(sorted({*differing, *before_names}))
    if isinstance(before, Variants) and before.names == names:
        return before
    return Variants(names, secrets.token_hex(8)) if names else None


def _find(context: Context, key: str, headers: Mapping[str, str], *, counted: bool) -> Operation:
    place, variants = key, None
    found = yield from _read(context, key, counted=counted)
    if APART in headers and not _tells_apart(found):
        if counted and found is not None:
            context.recorder.miss(Reason.ABSENT.value)
        return Missing(f"{key}#{headers[APART]}")
    if isinstance(found, Variants):
        variants = found
        place = variant_key(key, variants, headers)
        found = yield from _read(context, place, counted=counted)
    if not isinstance(found, StoredResponse):
        return Missing(place, variants)
    if counted:
        context.recorder.hit()
    return Found(found, Missing(place, variants))


def _tells_apart(found: Union[StoredResponse, Variants, None]) -> bool:
    """Another release, or a path, may have kept one response for all."""
    return isinstance(found, Variants) and APART in found.names


def _read(context: Context, key: str, *, counted: bool) -> Operation:
    """-> what lies there, or None; a miss is counted, a hit is not yet."""
    raw: Any = None
    try:
        raw = yield Get(context.name(key))
        if raw is not None:
            return from_portable(context.value_of(raw))
    except ServerError as error:
        if counted:
            context.unavailable("respond", key, error)
    except Unreadable as error:
        if counted:
            context.unreadable("respond", key, raw, error)
    else:
        if counted:
            context.recorder.miss(Reason.ABSENT.value)
    return None
