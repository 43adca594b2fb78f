"""What is sent for a stored response: all of it, its head, or 304."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import NamedTuple

from shelflife.http.facts import Headers, RequestFacts, all_of
from shelflife.http.stored import StoredResponse
from shelflife.http.validators import matches

OF_THE_CONTENT = frozenset(
    {
        "allow",
        "content-encoding",
        "content-language",
        "content-length",
        "content-md5",
        "content-range",
        "content-type",
        "last-modified",
    }
)
"""What 304 leaves out: whoever asked has it."""


class Answer(NamedTuple):
    """What is sent."""

    status: int
    headers: Headers
    body: bytes


def answer(stored: StoredResponse, request: RequestFacts, now: float) -> Answer:
    """Give what a request gets from a stored response, with its `Age`."""
    aged = ("age", str(max(0, int(now - stored.stored_at))))
    if not_modified(request, stored.status, stored.headers):
        kept = tuple(pair for pair in stored.headers if pair[0] not in OF_THE_CONTENT)
        return Answer(304, (*kept, aged), b"")
    body = b"" if request.method == "HEAD" else stored.body
    return Answer(stored.status, (*stored.headers, aged), body)


def not_modified(request: RequestFacts, status: int, headers: Headers) -> bool:
    """Whether whoever asks has this response already; `If-None-Match` comes before the date."""
    if status != 200 or request.method not in ("GET", "HEAD"):
        return False
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return matches(tags, all_of(headers, "etag"))
    since, modified = request.headers.get("if-modified-since"), all_of(headers, "last-modified")
    if not since or not modified:
        return False
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except (TypeError, ValueError, OverflowError, IndexError):
        return False
