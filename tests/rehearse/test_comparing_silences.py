"""What a comparison is silent about: more of it than of what it finds."""

from __future__ import annotations

import gzip
import json
import random
import secrets
import uuid
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable

import pytest

from rehearse.answered import JSON, Bench, Body, answered, asked
from shelflife.rehearse.answers import Answer

START = datetime(2026, 11, 28, 10, tzinfo=timezone.utc)
PAGE = "<html><body><h1>Café</h1><p class='a b' id=x>by José</p></body></html>"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.comparer.close()


def at(number: int) -> datetime:
    return START + timedelta(seconds=37 * number, microseconds=1234 + number)


SAME: dict[str, tuple[Body, Body]] = {
    "key order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "whitespace": (answered(b'{"a":[1,2]}'), answered(b'{\n  "a": [1, 2]\n}\n')),
    "escapes": (
        answered(json.dumps({"t": "Café \U0001f600"}).encode()),
        answered(json.dumps({"t": "Café \U0001f600"}, ensure_ascii=False).encode()),
    ),
    "1 and 1.0": ({"n": 1}, {"n": 1.0}),
    "a float's digits": (answered(b'{"n": 0.142857142857}'), {"n": 1 / 7}),
    "a float with all digits": (answered(b"[0.1000000000000000055]"), [0.1]),
    "a float in a text": ("it is 0.333333333333 now", "it is 0.3333333333333333 now"),
    "a float in a page": ("<p>0.1</p>", "<p>0.1000000000000000055</p>"),
    "NaN": (answered(b'{"n": NaN}'), answered(b'{"n":  NaN}')),
    "whitespace between tags": (
        "<html><body><p>a</p> <p>b</p></body></html>",
        "<html>\n<body>\n  <p>\n a</p>\n\n<p>b</p>\n</body></html>\n",
    ),
    "attribute order and quotes": (PAGE, PAGE.replace("class='a b' id=x", 'id="x" class="b a"')),
    "entities": (PAGE, PAGE.replace("é", "&eacute;")),
    "comments": (PAGE, PAGE.replace("<h1>", "<!-- made by 12 --><h1>")),
    "line ends": ("a\nb\n", "a\r\nb\r\n"),
    "ports of this machine": (
        {"next": "http://127.0.0.1:41234/a?page=2"},
        {"next": "http://127.0.0.1:52345/a?page=2"},
    ),
    "gzip": (
        answered({"a": 1}, ("Vary", "a")),
        answered(gzip.compress(b'{"a": 1}'), ("Content-Encoding", "gzip"), ("Vary", "a")),
    ),
    "deflate": (
        answered({"a": 1}, ("Vary", "a")),
        answered(zlib.compress(b'{"a": 1}'), ("content-encoding", "deflate"), ("vary", "A")),
    ),
    "type in capitals": (
        answered("a", ("Content-Type", "text/plain; charset=utf-8")),
        answered("a", ("content-type", 'Text/Plain;charset="UTF-8"')),
    ),
    "an address before a location": (
        answered({}, ("Location", "/a?b=1")),
        answered({}, ("Location", "http://127.0.0.1:4711/a?b=1")),
    ),
}


@pytest.mark.parametrize("pair", SAME)
def test_the_same_in_other_words_is_the_same(bench: Bench, pair: str) -> None:
    """Both ways, without any noise."""
    one, other = SAME[pair]
    bench.teach([one, one], request=asked(target="/one"))
    bench.teach([other, other], request=asked(target="/other"))

    assert bench.own(other, request=asked(target="/one")) == []
    assert bench.own(one, request=asked(target="/other")) == []


HEADERS = {
    "order and case": [[("X-A", "1"), ("X-B", "2")], [("x-b", "2"), ("x-a", "1")]],
    "dates": [[("Date", f"Sat, 28 Nov 2026 10:00:0{n} GMT"), ("Age", str(n))] for n in range(3)],
    "etags": [[("ETag", f'"{n}"'), ("Last-Modified", str(n))] for n in range(3)],
    "servers": [[("Server", "Werkzeug/0.16 Python/2.7"), ("Via", "x")], [("Server", "gunicorn")]],
    "chunks": [[("Content-Length", "2")], [("Transfer-Encoding", "chunked")]],
    "connections": [[("Connection", "close")], [("Keep-Alive", "timeout=5")]],
    "ids of requests": [[("X-Request-Id", secrets.token_hex(8))] for _ in range(3)],
    "sessions": [
        [("Set-Cookie", f"session={secrets.token_urlsafe(16)}; HttpOnly")] for _ in range(3)
    ],
    "attributes of cookies": [
        [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2")],
        [("set-cookie", "b=3; Secure; SameSite=Lax"), ("set-cookie", "a=4; Max-Age=60")],
    ],
    "sets": [
        [
            ("Vary", "Accept, Cookie"),
            ("Cache-Control", "public, max-age=60"),
            ("Allow", "GET,HEAD"),
        ],
        [
            ("vary", "cookie"),
            ("vary", "accept"),
            ("cache-control", "max-age=60,public"),
            ("Allow", "HEAD, GET"),
        ],
    ],
}


@pytest.mark.parametrize("which", HEADERS)
def test_headers_that_say_nothing_are_silent(bench: Bench, which: str) -> None:
    """Without having been seen to vary."""
    first, *others = HEADERS[which]
    bench.teach([answered({"a": 1}, *first)] * 2)

    for other in others:
        assert bench.own(answered({"a": 1}, *other)) == []


def test_a_new_header_of_new_is_no_difference_from_old(bench: Bench) -> None:
    """Nor a new key, wherever it is."""
    old, new = {"items": [{"a": 1}]}, {"items": [{"a": 1, "b": 2}], "next": None}
    bench.teach([old, old], [answered(new, ("X-Api", "3"))] * 2)

    found = bench.compare(answered(new, ("X-Api", "3")))
    assert (found.own, found.old) == ((), ())


LINKS = ["one", "two words", "Über", "4"]
Made = Callable[[int], Body]
RANDOM: dict[str, Made] = {
    "hexadecimal ids": lambda _: {"id": secrets.token_hex(4)},
    "short ids": lambda _: {"id": secrets.token_hex(2)},
    "uuids": lambda _: {"id": str(uuid.uuid4())},
    "tokens": lambda _: {"id": secrets.token_urlsafe(16)},
    "base64": lambda _: {"id": secrets.token_urlsafe(9) + "=="},
    "numbers": lambda _: {"n": random.randrange(10**9), "x": random.random()},
    "numbers as text": lambda _: {"n": str(random.randrange(10**6))},
    "times": lambda n: {"at": at(n).isoformat(), "made": at(n).timestamp()},
    "times without zone": lambda n: {"at": at(n).replace(tzinfo=None).isoformat()},
    "dates of HTTP": lambda n: {"at": f"{at(n):%a, %d %b %Y %H:%M:%S GMT}"},
    "times as C writes them": lambda n: {"at": at(n).ctime()},
    "ids as keys": lambda _: {"by": {uuid.uuid4().hex: 1}},
    "csrf tokens": lambda _: (
        f'<form><input type="hidden" name="csrf" value="{secrets.token_urlsafe(20)}"></form>'
    ),
    "times in a page": lambda n: f"<html><p>Served at {at(n)} in {n * 3 + 2} ms</p></html>",
    "a line of a text": lambda n: f"title: Café\nserved at: {at(n)}\nby: José\n",
    "a header": lambda _: answered({}, ("X-Trace", secrets.token_hex(8))),
    "a header of a time": lambda n: answered({}, ("X-Now", str(at(n)))),
    "the order of a list": lambda _: {"tags": random.sample("abcdefgh", 8)},
    "the order of two": lambda n: {"tags": ["a", "b"] if n % 3 else ["b", "a"]},
    "the order of objects": lambda _: {"of": random.sample([{"a": 1}, {"a": 2}, {"a": 3}], 3)},
    "the order in a page": lambda _: (
        "<ul>" + "".join(f"<li>{each}</li>" for each in random.sample("abcdefgh", 8)) + "</ul>"
    ),
    "the order in a text": lambda _: "tags: " + ", ".join(random.sample("abcdefgh", 8)),
    "a list of picks": lambda n: {"picks": [{"id": m, "t": f"t{m}"} for m in range(n % 3 + 1)]},
    "names": lambda _: {"by": random.choice(["Ann", "José", "Zoë", "Bob", "Mary Jane", "李"])},
    "links that come and go": lambda n: (
        "<ul>" + "".join(f"<li><a href='/t/{m}'>{t}</a>" for m, t in enumerate(LINKS[: n % 4]))
    ),
    "lines that come and go": lambda n: "top\n" + "".join(f"{t}\n" for t in LINKS[: n % 4 + 1]),
    "lists of times": lambda n: [{"at": str(at(n + m)), "m": m} for m in range(5)],
    "a nonce in a script": lambda _: (
        f'<script nonce="{secrets.token_hex(8)}">var id = "{uuid.uuid4()}";</script>'
    ),
    "versions of assets": lambda _: (
        f'<link rel=x href="/s/a.css?v={secrets.token_hex(4)}"><p>a</p>'
    ),
}


@pytest.mark.parametrize("which", RANDOM)
@pytest.mark.parametrize("endpoints", ["one request", "twenty requests"])
def test_what_is_random_is_silent(bench: Bench, which: str, endpoints: str) -> None:
    """With values that were never seen, on requests whose own answers agreed by chance as well."""
    random.seed(f"{which}, {endpoints}")
    make = RANDOM[which]
    requests = [asked(number) for number in range(1 if endpoints == "one request" else 20)]
    for number, request in enumerate(requests):
        old, new = ([make(4 * number + m) for m in range(4)] for _ in range(2))
        bench.teach(old, new, request)

    for number, request in enumerate(requests * 3):
        found = bench.compare(make(1000 + number), request=request)
        assert (found.own, found.old) == ((), ())


def test_cold_and_warm_answers_both_count(bench: Bench) -> None:
    """X-Cache: miss and hit; at each place what one of them has there."""

    def body(state: str) -> Answer:
        return answered({"cached": state == "hit", "a": 1}, ("X-Cache", state))

    bench.teach([body("miss"), body("miss"), body("hit"), body("hit")])

    assert bench.own(body("miss")) == bench.own(body("hit")) == []
    assert bench.own(answered({"cached": True, "a": 1}, ("X-Cache", "miss"))) == []


def test_a_status_that_is_given_by_itself_is_no_difference(bench: Bench) -> None:
    """Whichever of its two it is; what comes with it is compared with what came with it."""
    bench.teach([answered({"a": 1}), answered({"error": "busy"}, status=503)] * 2)

    assert bench.own(answered({"error": "busy"}, status=503)) == []
    assert bench.own(answered({"error": "other"}, status=503)) == ["body $.error"]


def test_the_order_of_new_alone_is_no_difference_from_old(bench: Bench) -> None:
    """Old's sets are stable, new's are not; the members are compared."""
    bench.teach([{"t": ["a", "b", "c"]}] * 2, [{"t": ["c", "a", "b"]}, {"t": ["b", "c", "a"]}])

    assert bench.old({"t": ["b", "a", "c"]}) == []
    assert bench.old({"t": ["b", "a", "d"]}) == ["body $.t"]


def test_an_order_seen_once_holds_for_the_endpoint(bench: Bench) -> None:
    """Two members agree by chance: the two runs of another request told that they may not."""
    bench.teach([{"t": ["a", "b"]}] * 2, request=asked(1))
    bench.teach([{"t": ["c", "d"]}, {"t": ["d", "c"]}], request=asked(2))
    bench.teach([{"t": ["e", "f"]}] * 2, request=asked(3))

    assert bench.own({"t": ["b", "a"]}, request=asked(1)) == []


def test_members_in_another_order_may_have_noise_in_them(bench: Bench) -> None:
    """Each finds its like."""
    for number in range(3):
        bench.teach(
            [{"of": [{"n": 1}, {"n": 2}, {"n": 3}], "at": 1}] * 2, request=asked(10 + number)
        )
        one = [{"n": m, "at": str(at(number))} for m in (1, 2, 3)]
        bench.teach([{"of": one}, {"of": one[::-1]}], request=asked(number))
        other = [{**member, "at": str(at(9))} for member in one]
        bench.teach([{"of": one}, {"of": other}], request=asked(20 + number))

    got = [{"n": m, "at": str(at(77))} for m in (2, 3, 1)]
    assert bench.own({"of": got}, request=asked(1)) == []


@pytest.mark.parametrize("kind", [JSON, "text/html"])
def test_the_same_twice_is_silent_for_any_body(bench: Bench, kind: str) -> None:
    """However odd it is."""
    odd = [b"", b"null", b"[" * 5000, b"<" * 500 + b"\xff", b"\x00" * 100, "Café".encode("latin-1")]
    for number, body in enumerate(odd):
        bench.teach([answered(body, kind=kind)] * 2, request=asked(number))

    for number, body in enumerate(odd):
        got = answered(body, ("Server", "x"), kind=kind)
        assert bench.own(got, request=asked(number)) == []
