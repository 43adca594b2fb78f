"""Requests with text that breaks caches, derived from those of a log."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from random import Random
from urllib.parse import unquote

import pytest

from shelflife.errors import ConfigurationError
from shelflife.rehearse.log import inject, where_possible
from shelflife.rehearse.log.texts import KINDS
from shelflife.rehearse.requests import Request

SEARCHES = ["/search?q=tea&page=2", "/search?q=coffee&page=1", "/search?q=milk&page=1"]


def requests(targets: Sequence[str], method: str = "GET", body: bytes = b"") -> list[Request]:
    return [
        Request(number, method, target, (("A", "b"),), body, line=number + 10)
        for number, target in enumerate(targets)
    ]


def texts(derived: Sequence[Request], name: str) -> list[str]:
    queries = [request.target.partition("?")[2] for request in derived]
    parameters = [each.partition("=") for query in queries for each in query.split("&")]
    return [unquote(value) for found, _, value in parameters if found == name]


def test_a_query_gets_every_kind() -> None:
    """NFC and NFD, astral, right-to-left, long, empty, mixed, Latin-1."""
    found = texts(inject(requests(SEARCHES), ["unicode"], 7), "q")
    other = [text for text in found if not text.isascii()]

    assert len(found) == len(KINDS)
    assert any(unicodedata.normalize("NFC", text) != text for text in other)
    assert any(unicodedata.normalize("NFD", text) != text for text in other)
    assert sum(any(ord(each) > 0xFFFF for each in text) for text in other) >= 2
    assert any(unicodedata.bidirectional(text[0]) == "R" for text in other)
    assert any(unicodedata.bidirectional(text[0]) == "AL" for text in other)
    assert any(max(text) < "\u0100" for text in other)
    assert any(len(text) > 1000 for text in other)
    assert "" in found


def test_one_text_is_replaced_and_all_else_stays() -> None:
    """Number, page, headers, method; line and origin say where it comes from."""
    originals = requests(SEARCHES)
    derived = inject(originals, ["unicode"], 7)

    assert [each.number for each in derived] == [3 + place for place in range(len(derived))]
    assert {each.origin for each in derived} == {"unicode"}
    assert {each.line for each in derived} <= {each.line for each in originals}
    assert {each.headers for each in derived} == {(("A", "b"),)}
    assert {each.endpoint for each in derived} == {"GET /search?page&q"}
    assert set(texts(derived, "page")) == {"1", "2"}
    assert not {each.identity for each in derived} & {each.identity for each in originals}


def test_what_the_log_holds_already_is_not_derived() -> None:
    """Nothing is sent twice for an injection's sake."""
    derived = inject(requests(["/search?q=tea", "/search?q="]), ["unicode"], 7)

    assert len(derived) == len(KINDS) - 1
    assert "" not in texts(derived, "q")


def test_the_same_seed_derives_the_same() -> None:
    """And another one others."""
    originals = requests(SEARCHES)

    assert inject(originals, ["unicode"], 7) == inject(originals, ["unicode"], 7)
    assert inject(originals, ["unicode"], 7) != inject(originals, ["unicode"], 8)


@pytest.mark.parametrize(
    ("targets", "possible"),
    [
        (["/articles/7", "/articles/8"], []),
        (["/health", "/articles", "/authors", "/search", "/tags"], []),
        (["/authors/ann", "/authors/bob"], []),
        (["/authors/ann", "/authors/bob", "/authors/cid", "/authors/dan"], [0, 1, 2, 3]),
        (["/authors/Jos%C3%A9"], [0]),
        (["/tags/a1b", "/tags/c2d"], [0, 1]),
        (["/tags/a1b"], []),
        (["/blobs/deadbeef01", "/blobs/deadbeef02"], []),
        (["/days/2026-11-28", "/days/2026-11-27"], []),
        (["/static/a.js", "/static/b.js", "/static/c.js", "/static/d.js"], []),
        (["/list?page=7", "/list?from=2026-11-28&price=1.5"], []),
        (["/list?page=7&sort=asc"], [0]),
        (["/list?token=abc"], []),
        (["/list?q=", "/list?q"], []),
    ],
)
def test_where_text_can_be_replaced(targets: list[str], possible: list[int]) -> None:
    """In queries and varying segments; but no numbers, identifiers, routes or secrets."""
    originals = requests(targets)
    derived = inject(originals, ["unicode"], 7)

    assert where_possible(originals) == {originals[place].endpoint for place in possible}
    assert bool(derived) == bool(possible)


def test_segments_of_a_path() -> None:
    """Are percent-encoded whole, and never left empty."""
    derived = inject(requests([f"/authors/{name}/books" for name in "abcdefgh"]), ["unicode"], 7)

    assert len(derived) == len(KINDS) - 1
    assert all(each.target.count("/") == 3 for each in derived)
    assert all(each.target.isascii() and " " not in each.target for each in derived)
    assert all(each.target.split("/")[2] for each in derived)


def test_texts_of_json_bodies() -> None:
    """At any depth; numbers, dates, keys and secrets stay."""
    body = {"title": "tea", "at": "2026-11-28T10:00:00Z", "n": 1, "tags": ["a"], "password": "x"}
    derived = inject(requests(["/notes"], "POST", json.dumps(body).encode()), ["unicode"], 7)

    assert len(derived) == len(KINDS) - 1
    for request in derived:
        found = json.loads(request.body)
        changed = [name for name in body if found[name] != body[name]]
        assert changed in (["title"], ["tags"])
        assert request.target == "/notes"
    assert {len(json.loads(each.body)["title"]) for each in derived} >= {4096}


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'"text"', b"\xff", b'{"a": 1e999}'])
def test_bodies_without_texts(body: bytes) -> None:
    """Are left alone."""
    assert inject(requests(["/notes"], "POST", body), ["unicode"], 7) == []


def test_a_body_with_lone_surrogates() -> None:
    """Is still JSON after another text was replaced."""
    body = b'{"a": "tea", "b": "\\ud800"}'

    for request in inject(requests(["/notes"], "POST", body), ["unicode"], 7):
        assert isinstance(json.loads(request.body), dict)


def test_urls_stay_short() -> None:
    """A request line of 4 KB takes them, which is what services accept."""
    originals = requests([f"/search?q=tea&filter={'x' * length}" for length in (10, 2000, 5000)])
    derived = inject(originals, ["unicode"], 7)

    assert max(len(each.target) for each in derived if "x" * 5000 not in each.target) < 4000
    assert max(len(each.target) for each in derived) < 6000


def test_the_number_is_bounded_and_spread() -> None:
    """Ten for each of twenty, the most frequent ones."""
    targets = [f"/{chr(97 + number // 26)}{chr(97 + number % 26)}?q=tea" for number in range(100)]
    derived = inject(requests([*targets, *targets[50:]]), ["unicode"], 7)

    counts = Counter(each.endpoint for each in derived)
    assert len(derived) == 200
    assert set(counts.values()) == {10}
    assert {each.endpoint for each in requests(targets[50:])} >= set(counts)


def test_only_what_is_asked_for() -> None:
    """Nothing asked, nothing derived; what is not known is an error."""
    assert inject(requests(SEARCHES), [], 7) == []
    assert inject([], ["unicode"], 7) == []
    with pytest.raises(ConfigurationError, match="`unicode`"):
        inject(requests(SEARCHES), ["umlauts"], 7)


def test_every_kind_can_be_sent() -> None:
    """As UTF-8, and no two texts of a kind are the same."""
    random = Random(7)
    for name, kind in KINDS.items():
        drawn = {kind(random) for _ in range(20)}
        assert all(text.encode("utf-8").decode("utf-8") == text for text in drawn)
        assert len(drawn) > 10 or name == "empty"
