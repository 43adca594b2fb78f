"""`Cache-Control` and `Expires`: how long a response may be kept."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Optional

from shelflife.http.facts import Headers, all_of

_DIRECTIVE = re.compile(
    r'\s*([^\s=,;"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;]*)))?\s*(?:[,;]|$)'
)
_FORBIDDING = ("no-store", "private", "no-cache")
_LONGEST = 2**31  # RFC 9111, 1.2.2: whatever is larger counts as this


def directives(header: str) -> dict[str, Optional[str]]:
    """Give the directives of a `Cache-Control`, names in lower case; what makes no sense is left.

    Of a directive that comes twice the first counts (RFC 9111, 4.2.1).
    """
    found: dict[str, Optional[str]] = {}
    for name, quoted, plain in _DIRECTIVE.findall(header):
        found.setdefault(name.lower(), quoted or plain or None)
    return found


def seconds(directive: Optional[str]) -> Optional[int]:
    """Give the number of a `max-age`; 0 if it makes no sense, None without one."""
    if directive is None:
        return None
    if not (directive.isascii() and directive.isdigit()):
        return 0
    return min(int(directive[:11]), _LONGEST)


def freshness(headers: Headers, ttl: Optional[float], now: float) -> Optional[float]:
    """Give the seconds for which a response may be kept, at most `ttl`; 0: not, None: for ever.

    `s-maxage` comes before `max-age`, which comes before `Expires`. `Age` is taken off.
    """
    said = directives(all_of(headers, "cache-control"))
    if any(name in said for name in _FORBIDDING):
        return 0
    limit = _limit(said, headers, now)
    if limit is None:
        return ttl
    left = max(0, limit - (seconds(all_of(headers, "age") or None) or 0))
    return left if ttl is None else min(left, ttl)


def _limit(said: dict[str, Optional[str]], headers: Headers, now: float) -> Optional[float]:
    for name in ("s-maxage", "max-age"):
        if name in said:
            return seconds(said[name] or "")
    expires = all_of(headers, "expires")
    if not expires:
        return None
    try:
        return parsedate_to_datetime(expires).timestamp() - now
    except (TypeError, ValueError, OverflowError, IndexError):
        return 0  # RFC 9111, 5.3: a date that makes no sense is in the past
