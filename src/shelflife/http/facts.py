"""What the rules need to know of a request and of a response, and what the user wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from shelflife.operations import DEFAULT, Ttl

Headers = tuple[tuple[str, str], ...]
"""Names, in lower case, and values, in the order they are sent; a name may come several times."""

APART = "APART"
"""Among a request's headers, and in capitals, which no header is: what else its response is for.

Responses differ by it as they do by what is in `Vary`, but nobody is told.
"""

STATUSES = frozenset({200, 203, 204, 300, 301, 308})
"""What may be cached without being told so (RFC 9110, 15.1), except errors and parts."""


@dataclass(frozen=True)
class Policy:
    """What the user wants cached.

    Attributes:
        ttl: Seconds, a timedelta, None for no expiry; without it the cache's default.
        vary: Names of request headers, in lower case, by which responses differ; besides those
            that a response itself names in `Vary`.
        statuses: The status codes that are cached.
        set_cookie: Whether responses that set cookies are cached, cookies included.
        authorization: Whether requests with `Authorization` are answered from the cache.
        sessions: Whether requests that use a session are answered from the cache.
        streams: The longest streamed body that is cached, in bytes; None caches none.
        obey_requests: Whether `Cache-Control: no-cache`, `no-store` and `max-age` of a request
            count: whoever sends them then reaches the application.
        announce: Whether a response without `Cache-Control` gets `max-age=...`.
        mark: Whether responses carry `X-Cache: hit` or `miss`.
    """

    ttl: Ttl = DEFAULT
    vary: tuple[str, ...] = ()
    statuses: frozenset[int] = STATUSES
    set_cookie: bool = False
    authorization: bool = False
    sessions: bool = False
    streams: Optional[int] = None
    obey_requests: bool = False
    announce: bool = False
    mark: bool = False


@dataclass(frozen=True)
class RequestFacts:
    """A request.

    Attributes:
        method: In capitals.
        headers: By name in lower case; several of one name are joined with a comma.
        uses_session: Whether it came with a session, or used one.
    """

    method: str
    headers: Mapping[str, str]
    uses_session: bool = False


@dataclass(frozen=True)
class ResponseFacts:
    """A response.

    Attributes:
        status: Its code.
        headers: Its headers.
        streamed: Whether its body comes in pieces of unknown number.
    """

    status: int
    headers: Headers
    streamed: bool = False


def all_of(headers: Headers, name: str) -> str:
    """Give the values of one header, joined with a comma; "" if there is none."""
    return ", ".join(value for key, value in headers if key == name)
