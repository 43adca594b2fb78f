"""The rules of HTTP caching, as pure functions."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any, Optional

import pytest

from shelflife.errors import ConfigurationError, InvalidKey
from shelflife.http import (
    Policy,
    RequestFacts,
    ResponseFacts,
    StoredResponse,
    Variants,
    answer,
    custom_key,
    directives,
    etag_of,
    freshness,
    key_for,
    matches,
    may_answer,
    may_store,
    must_revalidate,
    to_store,
    variant_key,
    with_options,
)

NOW = 1_800_000_000.0
GET = RequestFacts("GET", {})
OK = ResponseFacts(200, (("content-type", "text/plain"),))


def asked(method: str = "GET", *, session: bool = False, **headers: str) -> RequestFacts:
    """A request; underscores in names are dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RequestFacts(method, named, uses_session=session)


def answered(status: int = 200, **headers: str) -> ResponseFacts:
    """A response."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return ResponseFacts(status, named)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("GET", "http", "h", "/a", "x=1&y=2"), ("GET", "http", "h", "/a", "y=2&x=1")),
        (("HEAD", "http", "h", "/a", ""), ("GET", "http", "h", "/a", "")),
        (("GET", "http", "H", "/a", ""), ("GET", "HTTP", "h", "/a", "&&")),
        (("GET", "http", "h", "", ""), ("GET", "http", "h", "/", "")),
        (("GET", "http", "h:80", "/a", ""), ("GET", "http", "h", "/a", "")),
        (("GET", "https", "[::1]:443", "/a", ""), ("GET", "HTTPS", "[::1]", "/a", "")),
        (("GET", "http", "h", "/a", "q=a%20b"), ("GET", "http", "h", "/a", "q=a+b")),
        (("GET", "http", "h", "/a", "q=%7e%61"), ("GET", "http", "h", "/a", "q=~a")),
        (("GET", "http", "h", "/a", "q=%c3%a9"), ("GET", "http", "h", "/a", "q=%C3%A9")),
    ],
)
def test_equal_requests_have_one_key(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """However they are spelt."""
    assert key_for(*one) == key_for(*other)


def test_different_requests_have_different_keys() -> None:
    """Each part counts."""
    requests = [
        ("GET", "http", "h", "/a", ""),
        ("POST", "http", "h", "/a", ""),
        ("GET", "https", "h", "/a", ""),
        ("GET", "http", "h:8000", "/a", ""),
        ("GET", "http", "h", "/A", ""),
        ("GET", "http", "h", "/a/", ""),
        ("GET", "http", "h", "/a?x", ""),
        ("GET", "http", "h", "/a", "x"),
        ("GET", "http", "h", "/a", "x="),
        ("GET", "http", "h", "/a", "x=1&x=2"),
        ("GET", "http", "h", "/a", "x=2&x=1"),
        ("GET", "http", "h", "/a", "x=1%26x=2"),
        ("GET", "http", "h", "/a", "x=%FF"),
        ("GET", "http", "h", "/a", "x=%EF%BF%BD"),
        ("GET", "http", "h", "/" + "a" * 900, ""),
        ("GET", "http", "h", "/" + "a" * 901, ""),
        ("GET", "http", "h", "/\ud800", ""),
        ("GET", "http", "h", "/b/a", ""),
        ("GET", "http", "h/b", "/a", ""),
        ("GET", "http", "h?x=", "/a", ""),
        ("GET", "http", "h", "/?x=/a", ""),
    ]

    keys = [key_for(*request) for request in requests] + [custom_key("a"), custom_key("b" * 999)]
    assert len(set(keys)) == len(keys)
    assert all(len(key) < 300 and key.isascii() for key in keys)
    assert all(key.startswith("responses:") for key in keys)


@pytest.mark.parametrize(
    ("long", "prefix"),
    [
        (key_for("GET", "http", "h", "/a", "q=" + "b" * 900), "http://h/a?"),
        (custom_key("b" * 900), ""),
    ],
    ids=["query", "own"],
)
def test_no_client_makes_the_key_of_a_longer_request(long: str, prefix: str) -> None:
    """By sending, as its own query, how the other's key ends."""
    text = long.split(prefix, 1)[1] if prefix else long.split("own ", 1)[1]

    made = {key_for("GET", "http", "h", "/a", text), custom_key(text), custom_key(f"long {text}")}
    assert long not in made


@pytest.mark.parametrize("given", [None, 5, b"a"])
def test_a_key_that_is_no_text_is_told(given: Any) -> None:
    """A function that forgets to give one would give everybody one key."""
    with pytest.raises(InvalidKey, match="key takes a function that gives text"):
        custom_key(given)


def test_a_variant_has_a_key_of_its_own() -> None:
    """By the values of the named headers, blanks beside commas aside, and by generation."""
    variants = Variants(("accept", "cookie"), "ab12")

    def key(variants: Variants = variants, **headers: str) -> str:
        return variant_key("k", variants, headers)

    different = [
        key(),
        key(accept=""),
        key(accept="a"),
        key(cookie="a"),
        key(accept="a", cookie="b"),
        key(Variants(("accept", "cookie"), "ab13")),
    ]
    assert len(set(different)) == len(different)
    assert key(accept="a,b", other="x") == key(accept="a , b")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", {}),
        ("max-age=60, Public", {"max-age": "60", "public": None}),
        (
            'private="set-cookie, x", no-transform',
            {"private": "set-cookie, x", "no-transform": None},
        ),
        ("max-age=1, max-age=2", {"max-age": "1"}),
        (",, ;no-store", {"no-store": None}),
        ('a="unended', {}),
    ],
)
def test_directives(header: str, expected: dict[str, Optional[str]]) -> None:
    """What makes no sense is left out."""
    found = directives(header)
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("headers", "ttl", "expected"),
    [
        ({}, 60, 60),
        ({}, None, None),
        ({"cache_control": "max-age=10"}, 60, 10),
        ({"cache_control": "max-age=100"}, 60, 60),
        ({"cache_control": "max-age=100"}, None, 100),
        ({"cache_control": "max-age=100, s-maxage=5"}, 60, 5),
        ({"cache_control": "max-age=100", "age": "70"}, 60, 30),
        ({"cache_control": "max-age=0"}, 60, 0),
        ({"cache_control": "max-age=-1"}, 60, 0),
        ({"cache_control": "max-age=soon"}, 60, 0),
        ({"cache_control": "max-age"}, 60, 0),
        ({"cache_control": "max-age=" + "9" * 99}, None, 2**31),
        ({"cache_control": "no-store"}, 60, 0),
        ({"cache_control": "no-cache"}, 60, 0),
        ({"cache_control": "Private, max-age=60"}, 60, 0),
        ({"cache_control": "public"}, 60, 60),
        ({"expires": formatdate(NOW + 20, usegmt=True)}, 60, 20),
        ({"expires": formatdate(NOW + 20, usegmt=True), "cache_control": "max-age=5"}, 60, 5),
        ({"expires": "0"}, 60, 0),
        ({"expires": "Mon, 99 Foo 99999"}, 60, 0),
    ],
)
def test_freshness(headers: Any, ttl: Optional[float], expected: Any) -> None:
    """A response may shorten its life, never lengthen it."""
    assert freshness(answered(**headers).headers, ttl, NOW) == expected


@pytest.mark.parametrize(
    ("request_", "policy", "reason"),
    [
        (GET, Policy(), None),
        (asked("HEAD"), Policy(), None),
        (asked("POST"), Policy(), "method"),
        (asked("OPTIONS"), Policy(), "method"),
        (asked(range="bytes=0-1"), Policy(), "range"),
        (asked(authorization="x"), Policy(), "authorization"),
        (asked(authorization="x"), Policy(authorization=True), None),
        (asked(session=True), Policy(), "session"),
        (asked(session=True), Policy(sessions=True), None),
        (asked(cache_control="no-store"), Policy(), None),
        (asked(cache_control="no-store"), Policy(obey_requests=True), "no-store"),
    ],
)
def test_which_requests_are_answered(
    request_: RequestFacts, policy: Policy, reason: Optional[str]
) -> None:
    """By the policy."""
    assert may_answer(request_, policy) == reason
    if reason is not None and request_.method != "HEAD":
        assert may_store(request_, OK, policy) == reason


@pytest.mark.parametrize(
    ("response", "policy", "reason"),
    [
        (OK, Policy(), None),
        (answered(404), Policy(), "status"),
        (answered(404), Policy(statuses=frozenset({404})), None),
        (answered(500), Policy(), "status"),
        (answered(206), Policy(), "status"),
        (answered(302), Policy(), "status"),
        (answered(304), Policy(), "status"),
        (answered(set_cookie="a=b"), Policy(), "set-cookie"),
        (answered(set_cookie="a=b"), Policy(set_cookie=True), None),
        (answered(vary="*"), Policy(), "vary"),
        (answered(vary="accept"), Policy(), None),
        (answered(cache_control="no-store"), Policy(), "cache-control"),
        (answered(cache_control="private"), Policy(), "cache-control"),
        (answered(cache_control="max-age=0"), Policy(), "cache-control"),
        (answered(cache_control="max-age=9"), Policy(), None),
        (ResponseFacts(200, (), streamed=True), Policy(), "stream"),
        (ResponseFacts(200, (), streamed=True), Policy(streams=100), None),
    ],
)
def test_which_responses_are_kept(
    response: ResponseFacts, policy: Policy, reason: Optional[str]
) -> None:
    """By the policy and the response's own word."""
    assert may_store(GET, response, policy) == reason
    assert may_store(asked("HEAD"), response, policy) == "method"


@pytest.mark.parametrize(
    ("headers", "age", "expected"),
    [
        ({}, 50, False),
        ({"cache_control": "no-cache"}, 0, True),
        ({"pragma": "no-cache"}, 0, True),
        ({"pragma": "no-cache", "cache_control": "max-age=60"}, 0, False),
        ({"cache_control": "max-age=0"}, 0, True),
        ({"cache_control": "max-age=60"}, 50, False),
        ({"cache_control": "max-age=40"}, 50, True),
        ({"cache_control": "max-age=x"}, 50, False),
        ({"cache_control": "max-age=\xb2"}, 50, False),
        ({"cache_control": "max-age=" + "9" * 5000}, 50, False),
    ],
)
def test_a_request_is_listened_to_where_it_is_wanted(
    headers: Any, age: float, *, expected: bool
) -> None:
    """And nowhere else: else anybody could send every request to the application."""
    assert must_revalidate(asked(**headers), Policy(obey_requests=True), age) is expected
    assert not must_revalidate(asked(**headers), Policy(), age)


def test_a_long_header_of_a_client_takes_no_time() -> None:
    """It would be searched for directives again from each of its characters."""
    began = time.monotonic()

    assert not must_revalidate(
        asked(cache_control="a" * 60_000 + '"'), Policy(obey_requests=True), 5
    )
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("sent", "etag", "expected"),
    [
        ('"a"', '"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('"b", W/"a"', '"a"', True),
        ("*", '"a"', True),
        ("*", "", False),
        ('"b"', '"a"', False),
        ("a", '"a"', False),
        ('"a', '"a"', False),
        ('"a"', "a", False),
        ("a", "a", True),
        ('"x, "a"', '"a"', False),
    ],
)
def test_tags_are_compared_weakly(sent: str, etag: str, *, expected: bool) -> None:
    """And only whole tags."""
    assert matches(sent, etag) is expected


def test_what_is_kept_lacks_nothing() -> None:
    """A tag, the length and the variants are added; what belongs to the connection goes."""
    headers = (
        ("content-type", "text/plain"),
        ("connection", "close"),
        ("transfer-encoding", "chunked"),
        ("vary", "Origin"),
        ("age", "3"),
    )
    policy = Policy(vary=("accept", "origin"), announce=True)
    stored = to_store(ResponseFacts(200, headers), b"body", policy, 60, NOW)

    assert stored is not None
    assert dict(stored.headers) == {
        "content-type": "text/plain",
        "etag": etag_of(b"body"),
        "content-length": "4",
        "cache-control": "max-age=60",
        "vary": "Origin, accept",
    }
    assert (stored.stored_at, stored.fresh_for) == (NOW - 3, 60)


def test_what_is_there_stays() -> None:
    """The application's own tag, length and `Cache-Control`."""
    headers = (("etag", '"own"'), ("content-length", "4"), ("cache-control", "max-age=9"))
    stored = to_store(ResponseFacts(200, headers), b"body", Policy(announce=True), 60, NOW)

    assert stored is not None
    assert stored.headers == headers
    assert stored.fresh_for == 9
    assert to_store(answered(cache_control="no-store"), b"", Policy(), 60, NOW) is None
    empty = to_store(answered(204), b"", Policy(), 60, NOW)
    assert empty is not None
    assert empty.headers == ()


MODIFIED = formatdate(NOW, usegmt=True)
STORED = StoredResponse(
    200,
    (
        ("content-type", "text/plain"),
        ("content-length", "4"),
        ("etag", '"t"'),
        ("last-modified", MODIFIED),
        ("vary", "accept"),
        ("access-control-allow-origin", "*"),
    ),
    b"body",
    NOW,
    60,
)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (GET, 200),
        (asked(if_none_match='"t"'), 304),
        (asked(if_none_match='"u"'), 200),
        (asked(if_modified_since=MODIFIED), 304),
        (asked(if_modified_since=formatdate(NOW - 1, usegmt=True)), 200),
        (asked(if_modified_since="yesterday"), 200),
        (asked(if_none_match='"u"', if_modified_since=MODIFIED), 200),
        (asked("HEAD", if_none_match='"t"'), 304),
    ],
)
def test_who_has_it_gets_no_body(request_: RequestFacts, status: int) -> None:
    """304 leaves out what describes the content, and nothing else."""
    sent = answer(STORED, request_, NOW + 7.9)

    assert sent.status == status
    assert dict(sent.headers)["age"] == "7"
    if status == 304:
        left = ["etag", "vary", "access-control-allow-origin", "age"]
        assert [name for name, _ in sent.headers] == left
        assert sent.body == b""
    else:
        assert sent.headers[:-1] == STORED.headers


def test_head_gets_all_but_the_body() -> None:
    """Its length included; and no age is negative, whatever the clocks say."""
    sent = answer(STORED, asked("HEAD"), NOW - 100)

    assert (sent.status, sent.body) == (200, b"")
    assert dict(sent.headers)["content-length"] == "4"
    assert dict(sent.headers)["age"] == "0"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tll": 1}, "no option tll; did you mean ttl"),
        ({"ttl": 0}, "ttl is 0"),
        ({"vary": 5}, "vary takes names"),
        ({"vary": [5]}, "vary takes names"),
        ({"vary": "*"}, "vary takes names"),
        ({"vary": "accept, cookie"}, "vary takes names"),
        ({"statuses": 200}, "statuses takes"),
        ({"statuses": ["200"]}, "statuses takes"),
        ({"streams": 0}, "streams takes"),
        ({"mark": "yes"}, "mark takes"),
    ],
)
def test_an_option_that_cannot_work_is_named(options: dict[str, Any], words: str) -> None:
    """When it is said."""
    with pytest.raises(ConfigurationError, match=words):
        with_options(Policy(), options)


def test_options_are_laid_over_others() -> None:
    """Names of headers in lower case."""
    policy = with_options(Policy(mark=True, ttl=5), {"vary": "Accept", "statuses": [200, 404]})

    assert policy == Policy(mark=True, ttl=5, vary=("accept",), statuses=frozenset({200, 404}))
