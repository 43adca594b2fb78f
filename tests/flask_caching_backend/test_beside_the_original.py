"""The backend beside Flask-Caching's own, on one server: each reads what the other writes."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import redis

from flask_caching_backend.conftest import MakeCache
from shelflife.testing import PrivateServer

flask = pytest.importorskip("flask", reason="Flask is not installed")
flask_caching = pytest.importorskip("flask_caching", reason="Flask-Caching is not installed")

VALUES = [
    None, True, False, 0, 7, -3, 2**40, 2**70, 1.5, "", "text", "café \U0001f980", b"", b"\x00\xff",
    [1, [2]], (1, (2,)), {"a": {"b": None}}, {1, 2}, frozenset({3}), OrderedDict(a=1),
    dt.datetime(2019, 11, 4, 12, tzinfo=dt.timezone.utc), dt.date(2019, 11, 4), dt.timedelta(1),
    Decimal("1.50"), UUID(int=7), ("page", 200, {"X-A": "1"}),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_each_reads_what_the_other_writes(make: MakeCache, value: Any) -> None:
    """Type for type, in both directions, before and after the flip."""
    original, ours = make("RedisCache"), make()
    flipped = make(CACHE_SHELFLIFE_WRITES="shelflife")
    with original.app.app_context():
        original.set("a", value)
    with ours.app.app_context():
        assert ours.get("a") == value
        assert type(ours.get("a")) is type(value)
        assert ours.set("b", value) is True
    with original.app.app_context():
        assert original.get("b") == value
        assert type(original.get("b")) is type(value)
    with flipped.app.app_context():
        assert flipped.get("a") == value
        assert flipped.set("c", value) is True
        assert flipped.get("c") == value
        assert type(flipped.get("c")) is type(value)
    with original.app.app_context():
        assert original.get("c") is None


def test_the_same_calls_give_the_same_answers(make: MakeCache) -> None:
    """Return values and all."""

    def use(cache: Any) -> list[Any]:
        with cache.app.app_context():
            cache.clear()
            return [
                cache.set("a", 1),
                cache.add("a", 2),
                cache.add("b", 2),
                cache.set("forever", "x", timeout=0),
                cache.set_many({"c": 3, "d": None}),
                cache.get("a"),
                cache.get("nothing"),
                cache.get_many("a", "nothing", "c"),
                cache.get_dict("a", "nothing"),
                cache.has("a"),
                cache.has("nothing"),
                cache.cache.inc("n"),
                cache.cache.inc("n", 5),
                cache.cache.dec("n", 2),
                cache.get("n"),
                cache.delete("a"),
                cache.delete("a"),
                cache.delete_many("b"),  # of what is not there, releases say different things
                cache.unlink("c", "d", "nothing"),
                cache.clear(),
                cache.clear(),
            ]

    assert use(make()) == use(make("RedisCache"))


def test_keys_and_expiry_are_the_originals(make: MakeCache, server: PrivateServer) -> None:
    """The default prefix, `CACHE_DEFAULT_TIMEOUT`, 0 for ever."""
    cache = make(CACHE_DEFAULT_TIMEOUT=40)
    with cache.app.app_context():
        cache.set("a", 1)
        cache.set("b", 1, timeout=0)
        cache.set("c", 1, timeout=9)
    with redis.Redis(port=server.port) as raw:
        assert sorted(raw.keys("*")) == [b"flask_cache_a", b"flask_cache_b", b"flask_cache_c"]
        assert 39 <= raw.ttl("flask_cache_a") <= 40
        assert raw.ttl("flask_cache_b") == -1
        assert 8 <= raw.ttl("flask_cache_c") <= 9


def view_of(cache: Any, what: Any) -> list[int]:
    """Give an application one cached view, and a list that grows with each computation."""
    computed: list[int] = []

    def page() -> Any:
        computed.append(1)
        return what()

    cache.app.add_url_rule("/page", view_func=cache.cached()(page))

    return computed


def answer(cache: Any) -> tuple[Any, ...]:
    response = cache.app.test_client().get("/page")
    return response.status, sorted(response.headers.items()), response.data


WHAT_VIEWS_RETURN = {
    "text": lambda: "page",
    "tuple": lambda: ("page", 203, {"X-A": "1"}),
    "dict": lambda: {"a": 1},
    "response": lambda: flask.Response("page", 201, {"X-A": "1"}, mimetype="text/plain"),
    "jsonify": lambda: flask.jsonify(a=[1, 2]),
    "own status": lambda: flask.Response("page", "299 Fine"),
    "cached response": lambda: flask_caching.CachedResponse(flask.make_response("page"), 50),
    "no content type": lambda: without_type(flask.Response(b"\x00")),
    "generator": lambda: (part for part in ("a", "b")),
}


def without_type(response: Any) -> Any:
    del response.headers["Content-Type"]
    return response


@pytest.mark.parametrize("what", WHAT_VIEWS_RETURN.values(), ids=WHAT_VIEWS_RETURN)
@pytest.mark.parametrize("writes", ["flask-caching", "shelflife"])
def test_cached_views(make: MakeCache, what: Any, writes: str) -> None:
    """The second answer is the first, computed once; also after the original wrote the entry."""
    settings = {} if writes == "flask-caching" else {"CACHE_SHELFLIFE_WRITES": writes}
    ours, uncached = make(**settings), make("NullCache", CACHE_NO_NULL_WARNING=True)
    view_of(uncached, what)
    computed = view_of(ours, what)

    assert answer(ours) == answer(ours) == answer(uncached)
    assert computed == [1]
    ours.app.extensions["cache"][ours].clear()
    original = make("RedisCache")
    view_of(original, what)
    assert answer(original) == answer(ours)
    assert computed == [1]


@pytest.mark.parametrize("what", WHAT_VIEWS_RETURN.values(), ids=WHAT_VIEWS_RETURN)
def test_a_rollback_to_the_original_reads_our_views(make: MakeCache, what: Any) -> None:
    """At the floor; after the flip it takes them for a miss."""
    ours, original = make(), make("RedisCache")
    view_of(ours, what)
    computed = view_of(original, what)
    first = answer(ours)

    assert answer(original) == first
    assert computed == []
    flipped = make(CACHE_SHELFLIFE_WRITES="shelflife", CACHE_KEY_PREFIX="other")
    original = make("RedisCache", CACHE_KEY_PREFIX="other")
    view_of(flipped, what)
    computed = view_of(original, what)
    assert answer(flipped) == answer(original)
    assert computed == [1]
