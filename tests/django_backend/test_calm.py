"""Requests at once on one unreadable entry: one computes, the others wait for it, none fails."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.core.cache import caches
from django.http import Http404
from django.template import engines
from django.test import Client, override_settings

from django_backend import pages
from django_backend.asking import all_of, answered, at_once, served
from django_backend.conftest import HEADERS, PAGE, PATIENT, Poison, slowly, write
from shelflife.testing import PrivateServer


@pytest.fixture
def cache(configure: Any) -> Any:
    """A cache with a connection for each of 200 requests: who gets none computes for itself."""
    return configure(OPTIONS=PATIENT)


def by_handler(_: int) -> tuple[int, bytes]:
    return served("/made/slow/")


def by_client(_: int) -> tuple[int, bytes]:
    found = Client().get("/made/slow/")
    return found.status_code, found.content


@pytest.mark.parametrize("poisoned", [[PAGE], [HEADERS], [PAGE, HEADERS]], ids=str)
@pytest.mark.parametrize("ask", [by_handler, by_client])
def test_200_requests_at_once_make_a_poisoned_page_once(
    cache: Any, poison: Poison, poisoned: list[str], ask: Callable[[int], tuple[int, bytes]]
) -> None:
    """Be it the page that cannot be read, the list of its headers, or both."""
    pages.MAKERS["slow"] = slowly
    ask(0)
    poison(*poisoned)

    found = at_once(200, ask)

    assert set(found) == {(200, b"made")}
    assert pages.MADE == {"slow": 1}
    assert not cache._calm.computing


def test_a_page_that_has_expired_beside_poisoned_headers_is_made_once(
    cache: Any, poison: Poison
) -> None:
    """Who waits for the list of headers waits for the page, too, though it is absent."""
    pages.MAKERS["slow"] = slowly
    by_handler(0)
    poison(HEADERS)
    cache.delete_pattern(PAGE)

    assert set(at_once(50, by_handler)) == {(200, b"made")}
    assert pages.MADE == {"slow": 1}


def test_each_page_of_several_is_made_once(cache: Any, poison: Poison) -> None:
    """Pages that differ by a header have one list of headers, and are not each other's."""
    made: Counter[str] = Counter()

    def make(request: Any) -> str:
        made[request.headers["X-Who"]] += 1
        time.sleep(0.2)
        return str(request.headers["X-Who"])

    pages.MAKERS["varied"] = make
    for who in "abcd":
        served("/varied/varied/", HTTP_X_WHO=who)
    poison(PAGE, HEADERS)
    made.clear()

    found = at_once(80, lambda turn: served("/varied/varied/", HTTP_X_WHO="abcd"[turn % 4]))

    assert [body for _, body in found] == [b"a", b"b", b"c", b"d"] * 20
    assert made == {"a": 1, "b": 1, "c": 1, "d": 1}


def refused(_: Any) -> str:
    raise Http404


def broken(_: Any) -> str:
    raise RuntimeError("down")


@pytest.mark.parametrize(("fails", "status"), [(refused, 404), (broken, 500)])
def test_who_waits_goes_on_when_the_first_makes_no_page(
    cache: Any, poison: Poison, fails: Any, status: int
) -> None:
    """At once, not after the longest wait."""
    pages.MAKERS["slow"] = slowly
    by_handler(0)
    poison(PAGE, HEADERS)
    first: list[int] = []

    def make(request: Any) -> str:
        first.append(1)
        is_first = len(first) == 1
        time.sleep(0.2)
        return str(fails(request)) if is_first else "made"

    pages.MAKERS["slow"] = make
    began = time.monotonic()
    found = at_once(8, by_handler)

    assert Counter(code for code, _ in found) == {200: 7, status: 1}
    assert time.monotonic() - began < 5
    assert not cache._calm.computing


def test_requests_that_compute_several_keys_do_not_wait_in_a_circle(
    cache: Any, server: PrivateServer
) -> None:
    """Whatever the order in which they meet them."""
    keys = ["a", "b", "c"]
    write(server, cache, *keys)

    def make(request: Any) -> str:
        turn = int(request.headers["X-Turn"])
        own = caches["default"]
        for key in keys[turn % 3 :] + keys[: turn % 3]:
            if own.get(key) is None:
                time.sleep(0.02)
        own.set_many(dict.fromkeys(keys, 1))
        return "made"

    pages.MAKERS["several"] = make
    began = time.monotonic()
    found = at_once(30, lambda turn: served("/bare/several/", HTTP_X_TURN=str(turn)))

    assert set(found) == {(200, b"made")}
    assert time.monotonic() - began < 5


def test_several_keys_at_once_are_computed_once(cache: Any, server: PrivateServer) -> None:
    """`get_many` in any order: who computes the first one computes the rest."""
    keys = ["a", "b", "c"]
    write(server, cache, *keys)
    computed: list[str] = []

    def make(request: Any) -> str:
        own = caches["default"]
        asked = keys if int(request.headers["X-Turn"]) % 2 else keys[::-1]
        found = own.get_many(asked)
        missing = [key for key in asked if key not in found]
        computed.extend(missing)
        time.sleep(0.1 if missing else 0)
        own.set_many(dict.fromkeys(missing, 1))
        return "made"

    pages.MAKERS["several"] = make
    at_once(30, lambda turn: served("/bare/several/", HTTP_X_TURN=str(turn)))

    assert sorted(computed) == keys


def test_a_key_of_ones_own_does_not_keep_one_from_waiting(
    cache: Any, server: PrivateServer
) -> None:
    """Such as a session's: who computes something else waits all the same."""
    write(server, cache, "k", *map(str, range(20)))
    computed: list[int] = []

    def make(request: Any) -> str:
        own = caches["default"]
        own.get(request.headers["X-Turn"])
        if own.get("k") is None:
            computed.append(1)
            time.sleep(0.2)
            own.set("k", 1)
        return "made"

    pages.MAKERS["own"] = make
    at_once(20, lambda turn: served("/bare/own/", HTTP_X_TURN=str(turn)))

    assert computed == [1]


MIDDLEWARE = [
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
]


@pytest.mark.parametrize("poisoned", [[PAGE], [HEADERS, PAGE]], ids=str)
@pytest.mark.parametrize("under", ["wsgi", "asgi"])
def test_the_middlewares_make_a_poisoned_page_once(
    cache: Any, poison: Poison, poisoned: list[str], under: str
) -> None:
    """Of a site that is cached as a whole; under ASGI of an async view."""
    computed: list[int] = []

    async def make(_: Any) -> str:
        computed.append(1)
        await asyncio.sleep(0.2)
        return "made"

    pages.MAKERS.update(slow=slowly, aslow=make)
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        if under == "wsgi":
            served("/bare/slow/")
            poison(*poisoned)
            found = at_once(50, lambda _: served("/bare/slow/"))
            made = pages.MADE["slow"]
        else:
            asyncio.run(answered("/amade/aslow/"))
            poison(*poisoned)
            computed.clear()
            found = asyncio.run(all_of(20, "/amade/aslow/"))
            made = len(computed)

    assert set(found) == {(200, b"made")}
    assert made == 1


def test_a_poisoned_fragment_is_made_once(cache: Any, server: PrivateServer) -> None:
    """Between the tags of a template."""
    template = engines["django"].from_string(
        "{% load cache %}{% cache 60 side %}{{ text }}{% endcache %}"
    )
    made: list[int] = []

    def text() -> str:
        made.append(1)
        time.sleep(0.2)
        return "made"

    pages.MAKERS["fragment"] = lambda _: template.render({"text": text})
    served("/bare/fragment/")
    write(server, cache, *cache.keys("template.cache.*"))
    made.clear()

    assert set(at_once(50, lambda _: served("/bare/fragment/"))) == {(200, b"made")}
    assert made == [1]
