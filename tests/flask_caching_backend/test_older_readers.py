"""Responses between releases of Flask and werkzeug, both ways, with the real libraries."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from cache_libraries import Library
from flask_caching_backend.conftest import MakeCache
from shelflife.testing import PrivateServer

flask = pytest.importorskip("flask", reason="Flask is not installed")
pickled = pytest.importorskip(
    "shelflife.flask_caching.for_every_werkzeug",
    reason="Flask-Caching is not installed",
    exc_type=ImportError,
)

SETTINGS = {"CACHE_TYPE": "RedisCache"}
OLD = [
    Library(
        "flask_caching",
        "flask-caching",
        ("Flask-Caching==1.8.0", "Flask==1.1.4", "Werkzeug==0.16.1", "redis==3.5.3"),
        "2.7",
        {"CACHE_TYPE": "redis"},
    ),
    Library(
        "flask_caching",
        "flask-caching",
        ("Flask-Caching==1.10.1", "Flask==1.1.4", "redis==3.5.3", "markupsafe<2.1"),
        "3.8",
        SETTINGS,
    ),
    Library(
        "flask_caching",
        "flask-caching",
        ("Flask-Caching==2.0.2", "Flask==2.2.5", "Werkzeug==2.2.3", "redis==4.6.0"),
        "3.8",
        SETTINGS,
    ),
    Library(
        "flask_caching",
        "flask-caching",
        ("Flask-Caching==2.1.0", "Flask==2.3.3", "Werkzeug==2.3.8", "redis==4.6.0"),
        "3.8",
        SETTINGS,
    ),
]


def a_response(response_class: Any) -> Any:
    return response_class(b"page", 201, {"X-A": "1"}, mimetype="text/plain")


@pytest.mark.slow
@pytest.mark.parametrize("old", OLD, ids=str)
def test_responses_of_older_releases_and_for_them(
    make: MakeCache, server: PrivateServer, old: Library
) -> None:
    """What they wrote is read here; what is written here at the floor is read there."""
    written = "__import__('flask').Response('page', 201, {'X-A': '1'}, mimetype='text/plain')"
    assert old.run(server.url, [("set", "theirs", written)]) == ["set"]
    cache = make(CACHE_SHELFLIFE_FLOOR=old.floor)
    with cache.app.app_context():
        found = cache.get("theirs")
        assert cache.set("ours", a_response(flask.Response))
        assert cache.set("cached", ("text", 200, {"X-B": "2"}))

    assert (found.status, found.data, found.headers["X-A"]) == ("201 CREATED", b"page", "1")
    assert (
        old.run(server.url, [("repr", "ours", ""), ("repr", "theirs", "")])
        == ["<Response 4 bytes [201 CREATED]>"] * 2
    )


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_older_name_is_the_same_class(protocol: int) -> None:
    """And nothing else of the pickle changes, whatever text is in it."""
    name = "werkzeug.datastructures.headers"
    body = f"{name}\nHeaders\n".encode() * 9000
    value = [name, "Headers", a_response(flask.Response), flask.Response(body), name, b"x" * 99_000]
    renamed = pickled.by_old_name(pickle.dumps(value, protocol))

    first, second, small, large, *rest = pickle.loads(renamed)
    assert [first, second, *rest] == [name, "Headers", name, b"x" * 99_000]
    assert (small.data, list(small.headers)) == (b"page", list(value[2].headers))
    assert large.data == body
    named = b"\x8c\x1f" + name.encode() if protocol > 3 else b"c" + name.encode()
    assert renamed.count(named) == (1 if protocol > 3 else 0)  # the text, which comes twice


def test_it_is_what_is_written(make: MakeCache) -> None:
    """At the floor; after the flip no class is named at all."""
    for settings in ({}, {"CACHE_SHELFLIFE_WRITES": "shelflife"}):
        cache = make(**settings)
        with cache.app.app_context():
            assert cache.set("key", a_response(flask.Response))
            raw = cache.cache._store.run(_get(b"flask_cache_key"))
            assert cache.get("key").data == b"page"

        assert b"datastructures.headers" not in raw
        assert (b"werkzeug.datastructures" in raw) == (not settings)


def _get(name: bytes) -> Any:
    from shelflife.stores.commands import Get  # noqa: PLC0415 - for this test alone

    return Get(name)
