"""Whether a request may be answered from the cache, and whether a response may be kept.

Each answer is None (yes) or the reason why not.
"""

from __future__ import annotations

from typing import Optional

from shelflife.http.cache_control import directives, freshness, seconds
from shelflife.http.facts import Headers, Policy, RequestFacts, ResponseFacts, all_of
from shelflife.http.stored import StoredResponse
from shelflife.http.validators import etag_of

OF_THE_CONNECTION = frozenset(
    {
        "age",  # said anew with each answer
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-cache",
    }
)

_LONGEST = 500
"""Characters of a client's `Cache-Control` that are looked at: to search more takes too long."""


def may_answer(request: RequestFacts, policy: Policy) -> Optional[str]:
    """Say why a request goes past the cache, neither answered from it nor kept; None if not."""
    if request.method not in ("GET", "HEAD"):
        return "method"
    if "range" in request.headers:
        return "range"
    if "authorization" in request.headers and not policy.authorization:
        return "authorization"
    if request.uses_session and not policy.sessions:
        return "session"
    if policy.obey_requests and "no-store" in _said(request):
        return "no-store"
    return None


def may_store(request: RequestFacts, response: ResponseFacts, policy: Policy) -> Optional[str]:
    """Say why a response is not kept; None if it is, as far as its lifetime allows.

    `request` as it is by now: a view may have used the session.
    """
    if request.method != "GET":
        return "method"
    reason = may_answer(request, policy)
    if reason is not None:
        return reason
    headers = response.headers
    said = directives(all_of(headers, "cache-control"))
    objections = {
        "status": response.status not in policy.statuses,
        "set-cookie": not policy.set_cookie and any(name == "set-cookie" for name, _ in headers),
        "vary": "*" in varying(headers),
        "cache-control": bool(said) and freshness(headers, None, 0.0) == 0,
        "stream": response.streamed and policy.streams is None,
    }
    return next((reason for reason, holds in objections.items() if holds), None)


def to_store(
    response: ResponseFacts, body: bytes, policy: Policy, default_ttl: Optional[float], now: float
) -> Optional[StoredResponse]:
    """Give what is kept of a response that `may_store` allows; None if it is stale already.

    Adds what is missing: an `ETag`, `Vary` for the policy's headers, `Content-Length`, and
    `Cache-Control` where the policy announces it. The one who computed it sends the same.
    """
    fresh_for = freshness(response.headers, default_ttl, now)
    if fresh_for is not None and fresh_for <= 0:
        return None
    kept = [pair for pair in response.headers if pair[0] not in OF_THE_CONNECTION]
    names = {name for name, _ in kept}
    if "etag" not in names and response.status == 200:
        kept.append(("etag", etag_of(body)))
    if "content-length" not in names and response.status != 204:
        kept.append(("content-length", str(len(body))))
    if policy.announce and "cache-control" not in names and fresh_for is not None:
        kept.append(("cache-control", f"max-age={int(fresh_for)}"))
    headers = with_vary(tuple(kept), policy.vary)
    age = seconds(all_of(response.headers, "age") or None) or 0
    return StoredResponse(response.status, headers, body, now - age, fresh_for)


def must_revalidate(request: RequestFacts, policy: Policy, age: float) -> bool:
    """Whether a request asks for something newer than what is stored, and is listened to."""
    if not policy.obey_requests:
        return False
    said = _said(request)
    longest = said.get("max-age")
    is_number = longest is not None and longest.isascii() and longest.isdigit()
    too_old = is_number and age > int(str(longest)[:11])
    return "no-cache" in said or said.get("max-age") == "0" or too_old


def varying(headers: Headers) -> tuple[str, ...]:
    """Give the names in `Vary`, in lower case, sorted."""
    names = (name.strip().lower() for name in all_of(headers, "vary").split(","))
    return tuple(sorted({name for name in names if name}))


def with_vary(headers: Headers, names: tuple[str, ...]) -> Headers:
    """Give the headers with these names in `Vary`."""
    lacking = [name for name in names if name not in varying(headers)]
    if not lacking:
        return headers
    rest = tuple(pair for pair in headers if pair[0] != "vary")
    said = all_of(headers, "vary")
    return (*rest, ("vary", ", ".join([said, *lacking] if said else lacking)))


def _said(request: RequestFacts) -> dict[str, Optional[str]]:
    said = directives(request.headers.get("cache-control", "")[:_LONGEST])
    if not said and request.headers.get("pragma", "").strip().lower() == "no-cache":
        return {"no-cache": None}
    return said
