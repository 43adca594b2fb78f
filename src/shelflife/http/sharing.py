"""Operation: answer a request, computing at most once in this process for those who ask at once.

Rules:
1. Only what may be stored is shared. A response that is somebody's own, and an error, go to the one
   request that caused them; the others then compute for themselves, without waiting in line.
2. What was computed for another variant is not taken, nor what was forgotten meanwhile.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Mapping
from typing import Any, Callable, NamedTuple, Optional

from shelflife.cache.driving import unshared
from shelflife.http.computations import Computation, Stored, last_stored
from shelflife.http.facts import APART, Policy, RequestFacts
from shelflife.http.finding import Found, Missing, find, find_again, keep
from shelflife.http.making import must_revalidate, varying
from shelflife.http.stored import StoredResponse
from shelflife.operations import Compute, Context, Operation, Share

Variant = tuple[Optional[str], ...]
"""The values of the request headers by which a response differs, and of `APART`."""

_ROUNDS = 2
"""The first may wait for another variant; the second knows where ours is."""

_FORGOTTEN = object()
"""In place of what may be shared: it is to be computed anew."""


class Made(NamedTuple):
    """What a request's own computation gave.

    Attributes:
        native: The framework's response.
        response: What is stored of it; None if it is not to be stored.
    """

    native: Any
    response: Optional[StoredResponse] = None


class _Failed(NamedTuple):
    error: Exception


def respond(
    context: Context,
    key: str,
    request: RequestFacts,
    policy: Policy,
    compute: Callable[[], Any],
) -> Operation:
    """-> `StoredResponse` from the cache or from another's computation; or `Made` by our own.

    Raises what `compute` raises, to this request alone. For requests that `may_answer` lets in.

    Args:
        context: The cache's.
        key: From `key_for` or `custom_key`.
        request: The request.
        policy: What the user wants.
        compute: Gives `Made`, or an awaitable of it.
    """
    headers = request.headers
    before = last_stored()
    found = yield from find(context, key, headers)
    if isinstance(found, Found):
        age = time.time() - found.response.stored_at
        if not must_revalidate(request, policy, age):
            return found.response
        found = found.again
    elif request.method == "GET":
        made, response, found = yield from _join(context, key, headers, found, compute, before)
        if response is not None:
            return response
        if made is not None:
            return _own(made)
    made, _ = yield from _computed(context, key, headers, found, compute)
    return _own(made)


def _join(
    context: Context,
    key: str,
    headers: Mapping[str, str],
    missing: Missing,
    compute: Callable[[], Any],
    before: Stored,
) -> Operation:
    """-> what we made, or None; what another made for our variant, or None; what is missing.

    `starlette.exchange` does the same without `Share`: there is nothing to call that would compute.
    """
    for _ in range(_ROUNDS):
        made, shared = yield from _share(context, key, headers, missing, compute, before)
        if made is not None or shared is None:
            return made, None, missing
        if shared is _FORGOTTEN:
            continue
        response, variant = shared
        if variant == variant_of(response, headers):
            return None, response, missing
        found = yield from find_again(context, key, headers)
        if isinstance(found, Found):
            return None, found.response, missing
        missing = found
    return None, None, missing


def _share(
    context: Context,
    key: str,
    headers: Mapping[str, str],
    missing: Missing,
    compute: Callable[[], Any],
    before: Stored,
) -> Operation:
    """-> what we computed, or None; and what may be shared, or None.

    If this process has stored something since `before`, when nothing was found, we look again.
    """
    own: list[Any] = []

    def fill() -> Operation:
        if last_stored() is not before:
            again = yield from find_again(context, key, headers)
            if isinstance(again, Found):
                return again.response, variant_of(again.response, headers)
        made, shared = yield from _computed(context, key, headers, missing, compute)
        own.append(made)
        return shared

    shared = yield Share(context.name(missing.key), fill)
    return (own[0] if own else None), shared


def _computed(
    context: Context,
    key: str,
    headers: Mapping[str, str],
    missing: Missing,
    compute: Callable[[], Any],
) -> Operation:
    """-> what was made; and what others may take, and the variant it is, or None if nothing."""
    with Computation(context.name(key)) as computation:
        made = yield Compute(unshared(_guarded(compute)))
        if isinstance(made, _Failed) or made.response is None:
            return made, None
        yield from keep(context, key, headers, made.response, missing.variants, computation)
    if computation.is_forgotten():
        return made, _FORGOTTEN
    return made, (made.response, variant_of(made.response, headers))


def variant_of(response: StoredResponse, headers: Mapping[str, str]) -> Variant:
    """Say which variant a request with these headers gets."""
    return tuple(headers.get(name) for name in (*varying(response.headers), APART))


def _own(made: Any) -> Made:
    if isinstance(made, _Failed):
        raise made.error
    own: Made = made
    return own


def _guarded(compute: Callable[[], Any]) -> Callable[[], Any]:
    """Keep an error from those who wait: it is this request's."""

    def guarded() -> Any:
        try:
            made = compute()
        except Exception as error:  # noqa: BLE001 - raised again for its own request
            return _Failed(error)
        return _awaited(made) if inspect.isawaitable(made) else made

    return guarded


async def _awaited(made: Awaitable[Any]) -> Any:
    try:
        return await made
    except Exception as error:  # noqa: BLE001 - as above
        return _Failed(error)
