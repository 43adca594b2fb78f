"""An answer's headers, taken apart: which are compared, and as what.

Rules:
1. Names are compared without regard to case, order never matters.
2. What differs between any two answers, whoever gives them, is not compared (`NEVER`).
3. Of cookies the names are compared; lists such as Vary are sets; of a Content-Type, the type and
   the charset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from shelflife.rehearse.answers.trees import Tree

NEVER = frozenset(
    (
        "date", "server", "connection", "keep-alive", "transfer-encoding", "content-length",
        "content-encoding", "etag", "last-modified", "expires", "age", "via",
        "x-request-id", "x-correlation-id", "x-trace-id", "x-amzn-trace-id", "x-runtime",
        "x-response-time", "x-process-time", "x-powered-by", "request-id", "traceparent",
        "tracestate", "server-timing", "x-b3-traceid", "x-b3-spanid",
    )
)  # fmt: skip
SETS = frozenset(("vary", "cache-control", "allow", "access-control-allow-methods")) | {
    "access-control-allow-headers",
    "access-control-expose-headers",
    "pragma",
}
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_MEMBER = re.compile(r"[^,\"]*(?:\"[^\"]*\"[^,\"]*)*")
_PORT = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]):\d{2,5}")
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


def compared(
    headers: Iterable[tuple[str, str]], ignored: frozenset[str], hosts: frozenset[str]
) -> dict[str, Tree]:
    """Give the headers that are compared, by their names in lower case.

    Args:
        headers: All of them.
        ignored: What a plan does not compare.
        hosts: The names that the service goes by: it may put them before a location or not.
    """
    found: dict[str, Tree] = {}
    for spelled, value in headers:
        name = spelled.lower()
        if name in NEVER or name in ignored:
            continue
        if name == "set-cookie":
            found.setdefault(name, {})[value.partition("=")[0].strip()] = "set"
        elif name in SETS:
            found.setdefault(name, {}).update(_members(value))
        else:
            one = _normal(name, value.strip(), hosts)
            found[name] = f"{found[name]}, {one}" if name in found else one
    return found


def _normal(name: str, value: str, hosts: frozenset[str]) -> str:
    if name == "content-type":
        charset = _CHARSET.search(value)
        kind = value.partition(";")[0].strip().lower()
        return f"{kind}; charset={charset[1].lower()}" if charset else kind
    if name in {"location", "content-location"}:
        return _location(value, hosts)
    return _PORT.sub(r"\1", value)


def _location(value: str, hosts: frozenset[str]) -> str:
    """Take off the service's own address: older frameworks put it before every location."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:  # half of an IPv6 address
        return value
    if host in _LOOPBACK or host in hosts:
        return parts._replace(scheme="", netloc="").geturl() or "/"
    return value


def _members(value: str) -> dict[str, str]:
    members = (match.strip() for match in _MEMBER.findall(value))
    pairs = (member.partition("=") for member in members if member)
    return {name.strip().lower(): argument.strip().strip('"') for name, _, argument in pairs}
