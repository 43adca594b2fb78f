"""How a request is named, and what people are shown of it."""

from __future__ import annotations

import pytest

from shelflife.rehearse.requests import Request


def request(target: str, body: bytes = b"") -> Request:
    return Request(0, "GET", target, body=body)


@pytest.mark.parametrize(
    ("target", "endpoint"),
    [
        ("/", "/"),
        ("/articles/7", "/articles/*"),
        ("/articles/7/comments", "/articles/*/comments"),
        ("/users/123e4567-e89b-12d3-a456-426614174000", "/users/*"),
        ("/blobs/deadbeef", "/blobs/*"),
        ("/blobs/cafe", "/blobs/cafe"),
        ("/authors/Jos%C3%A9", "/authors/*"),
        ("/days/2026-11-28", "/days/*"),
        ("/v2/articles", "/v2/articles"),
        ("/static/app.js", "/static/app.js"),
        ("/static/app.41f2ab.js", "/static/*"),
        ("/search?q=tea", "/search?q"),
        ("/search?q=tea&page=2", "/search?page&q"),
        ("/search?page=9&q=x&page=3", "/search?page&q"),
        ("/search?", "/search"),
        ("/search?&&", "/search"),
        ("/search?tea", "/search?tea"),
        ("/search?caf%C3%A9=1", "/search?*"),
        ("/search?filter[name]=1", "/search?filter[name]"),
        ("/" + "x" * 40, "/*"),
    ],
)
def test_endpoints(target: str, endpoint: str) -> None:
    """What is no plain word is left open; of the query the names stay, sorted."""
    assert request(target).endpoint == f"GET {endpoint}"


@pytest.mark.parametrize(
    ("target", "body", "is_ascii"),
    [
        ("/a?b=c%20d", b"{}", True),
        ("/caf%C3%A9", b"", False),
        ("/caf%E9", b"", False),
        ("/?q=%F0%9F%98%80", b"", False),
        ("/100%", b"", True),
        ("/", "é".encode(), False),
        ("/", b"q=%C3%A9", False),
        ("/", b'{"a": "\\u00e9"}', False),
        ("/", b'{"a": "\\u0041"}', True),
    ],
)
def test_text_outside_ascii(target: str, body: bytes, is_ascii: bool) -> None:
    """Is found behind percent signs and JSON's escapes."""
    assert request(target, body).is_ascii is is_ascii


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/caf%C3%A9?q=a%20b", "/café?q=a b"),
        ("/caf%E9", "/caf\ufffd"),
        ("/a%0Ab%1B%5B31m", "/a\\x0ab\\x1b[31m"),
        ("/a%E2%80%AEb", "/a\\u202eb"),
        ("/x?token=geheim&q=1&api_key=geheim", "/x?token=***&q=1&api_key=***"),
        ("/x?access%5Ftoken=geheim", "/x?access_token=***"),
        ("/x?author=me&keyword=tea", "/x?author=me&keyword=tea"),
    ],
)
def test_what_people_are_shown(target: str, shown: str) -> None:
    """Is decoded, and holds neither secrets nor control characters."""
    assert request(target).shown == shown


def test_what_makes_requests_the_same() -> None:
    """Method, target and body; not number, headers or line."""
    first = Request(1, "GET", "/a", (("A", "b"),), b"", 3)

    assert first.identity == Request(2, "GET", "/a").identity
    assert first.identity != Request(1, "HEAD", "/a").identity
    assert first.identity != Request(1, "GET", "/a", body=b"x").identity
