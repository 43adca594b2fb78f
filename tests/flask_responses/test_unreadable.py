"""Entries that give no response: never a 500, counted with their reason, healed, computed once."""

from __future__ import annotations

import pickle
import threading
import time
from typing import Any

import pytest
import redis

from flask_responses.conftest import MakeApp, Service, at_once
from shelflife import Cache
from shelflife.testing import PrivateServer

flask = pytest.importorskip("flask", reason="Flask is not installed")

KEY = "service:responses:GET http://localhost/page"
HEADERS = [["content-type", "text/html"]]

FOREIGN = {
    "python 2 text": b"!S'caf\\xe9'\np1\n.",
    "protocol too new": b"!\x80\x09K\x01.",
    "missing name": b"!cflask.wrappers\nGone\n.",
    "pickled": b"!" + pickle.dumps({"status": 200}),
    "text": b"page",
    "empty": b"",
}
ODD_VALUES: dict[str, tuple[Any, str]] = {
    "no list": ("page", "schema"),
    "a newer format": (["response", 2, 200, HEADERS, b"", 0.0, None], "newer-format"),
    "too short": (["response", 1, 200], "schema"),
    "a status that is none": (["response", 1, 20000, HEADERS, b"", 0.0, None], "schema"),
    "headers that split": (["response", 1, 200, [["a", "b\r\nc: d"]], b"", 0.0, None], "schema"),
    "a body of text": (["response", 1, 200, HEADERS, "page", 0.0, None], "schema"),
    "variants of nothing": (["variants", 1, 3, "ab"], "schema"),
}


def page_service(make: MakeApp, **settings: Any) -> Service:
    service: Service = make(**settings)
    service.view("/page", "page")
    return service


def check_healed(service: Service, reason: str) -> None:
    for _ in range(2):
        response = service.get("/page")
        assert (response.status_code, response.text) == (200, "page")
    assert service.computed == ["/page"]
    counters = service.cache.counters()
    assert dict(counters.misses) == {reason: 1}
    assert counters.hits == 1


@pytest.mark.parametrize("entry", FOREIGN.values(), ids=FOREIGN)
def test_foreign_bytes(make: MakeApp, server: PrivateServer, entry: bytes) -> None:
    """Are never guessed at."""
    service = page_service(make)
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, entry)

    check_healed(service, "foreign")


@pytest.mark.parametrize(("entry", "reason"), [
    (b"!S'caf\\xe9'\np1\n.", "py2-bytes"),
    (b"!\x80\x09K\x01.", "protocol"),
    (b"!cdecimal\nGone\n.", "rejected-name"),
    (b"!" + pickle.dumps({"status": 200})[:-2], "corrupt"),
    (b"!" + pickle.dumps("a page that is text"), "schema"),
], ids=str)  # fmt: skip
def test_what_a_dialect_cannot_read(
    make: MakeApp, server: PrivateServer, entry: bytes, reason: str
) -> None:
    """While another client's entries are read."""
    service = page_service(make, reads="werkzeug", py2_text="strict")
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, entry)

    check_healed(service, reason)


@pytest.mark.parametrize(("value", "reason"), ODD_VALUES.values(), ids=ODD_VALUES)
def test_values_that_are_no_responses(
    make: MakeApp, server: PrivateServer, value: Any, reason: str
) -> None:
    """Though they are read."""
    service = page_service(make)
    with Cache(server.url, prefix="service:") as cache:
        cache.set(KEY.partition(":")[2], value)

    check_healed(service, reason)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("flipped bit", "corrupt"),
        ("truncated", "corrupt"),
        ("wrong type", "wrong-type"),
        ("too large", "too-large"),
    ],
)
def test_damage(make: MakeApp, server: PrivateServer, damage: str, reason: str) -> None:
    """To a response that was kept."""
    service = page_service(make, max_bytes=4096)
    service.get("/page")
    with redis.Redis(port=server.port) as raw:
        entry = bytearray(raw.get(KEY) or b"")
        if damage == "flipped bit":
            entry[-9] ^= 4
            raw.set(KEY, bytes(entry))
        elif damage == "truncated":
            raw.set(KEY, bytes(entry[:-1]))
        elif damage == "too large":
            raw.set(KEY, bytes(entry) + b"x" * 5000)
        else:
            raw.delete(KEY)
            raw.rpush(KEY, b"x")

    assert [service.get("/page").status_code for _ in range(2)] == [200, 200]
    assert service.computed == ["/page", "/page"]
    assert dict(service.cache.counters().misses) == {"absent": 1, reason: 1}


def test_variants_heal_as_well(make: MakeApp, server: PrivateServer) -> None:
    """Be it one of them, or what says by which headers they differ."""
    service: Service = make()
    service.view(
        "/page", lambda: flask.request.headers.get("Accept-Language", ""), vary=["accept-language"]
    )

    def ask() -> list[str]:
        return [service.get("/page", Accept_Language=asked).text for asked in ("de", "fr")]

    assert ask() == ["de", "fr"]
    with redis.Redis(port=server.port) as raw:
        for name in raw.keys("*"):
            raw.set(name, (raw.get(name) or b"")[:-1])
            assert ask() == ask() == ["de", "fr"]
            assert ask() == ["de", "fr"]


@pytest.mark.parametrize("vary", [[], ["accept-language"]], ids=str)
def test_200_requests_at_once_compute_a_poisoned_page_once(
    make: MakeApp, server: PrivateServer, vary: list[str]
) -> None:
    """The others wait for it, and none fails."""
    service: Service = make()

    def slow() -> str:
        time.sleep(0.3)
        return "page"

    service.view("/page", slow, vary=vary)
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, b"!\x80\x09K\x01.")

    answers = at_once(200, lambda: service.get("/page"))
    assert {(found.status_code, found.text) for found in answers} == {(200, "page")}
    assert service.computed == ["/page"]


def test_an_error_is_one_requests_own(make: MakeApp) -> None:
    """Those who wait compute for themselves."""
    service: Service = make()
    first = threading.Event()

    def once_broken() -> str:
        if not first.is_set():
            first.set()
            time.sleep(0.2)
            raise RuntimeError("down")
        return "page"

    service.app.testing = False
    service.view("/page", once_broken)
    answers = at_once(8, lambda: service.get("/page"))
    assert sorted(found.status_code for found in answers) == [*[200] * 7, 500]


def test_a_server_that_is_gone_is_no_500(make: MakeApp) -> None:
    """Each request computes; nothing raises, and it is counted."""
    service = page_service(make, url="redis://127.0.0.1:1/0")

    assert [service.get("/page").text for _ in range(2)] == ["page", "page"]
    assert service.computed == ["/page", "/page"]
    assert dict(service.cache.counters().misses) == {"unavailable": 2}
    with service.app.app_context():
        assert service.responses.delete("http://localhost/page") is False


def test_what_is_stored(make: MakeApp, server: PrivateServer) -> None:
    """Plain data with a format number, and nothing of Flask: releases to come rely on it."""
    service: Service = make()
    service.view("/page", lambda: ("Größe", 200, {"X-A": "1"}))
    tag = service.get("/page").headers["ETag"]

    with Cache(server.url, prefix="service:") as cache:
        *stored, at, fresh_for = cache.get(KEY.partition(":")[2])
    headers = [
        *(["x-a", "1"], ["content-type", "text/html; charset=utf-8"], ["content-length", "7"]),
        ["etag", tag],
    ]
    assert [*stored[:3], stored[4]] == ["response", 1, 200, "Größe".encode()]
    assert sorted(stored[3]) == sorted(headers)
    assert time.time() - 60 < at <= time.time()
    assert fresh_for == 300
