"""Requests at once on one unreadable entry: one computes, the others wait for it, none fails."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis
from django.core.cache import caches
from django.http import Http404
from django.test import Client, override_settings

from django_backend import pages
from django_backend.asking import answered, at_once, served
from shelflife import NotPortable
from shelflife.django.requests import announced_by, current_request
from shelflife.testing import PrivateServer

GARBAGE = b"!\x80\x09K\x01."
PAGE, HEADERS = "*cache_page*", "*cache_header*"
Poison = Callable[..., None]


@pytest.fixture(autouse=True)
def _own_pages() -> Iterator[None]:
    pages.MADE.clear()
    yield
    pages.MAKERS.clear()


@pytest.fixture
def poison(server: PrivateServer, cache: Any) -> Poison:
    """Overwrite the entries that match, and count pages from then on."""

    def poisoned(*patterns: str) -> None:
        for pattern in patterns:
            names = cache.keys(pattern)
            assert names
            write(server, cache, *names)
        pages.MADE.clear()

    return poisoned


def write(server: PrivateServer, cache: Any, *keys: str) -> None:
    with redis.Redis.from_url(server.url) as raw:
        for key in keys:
            raw.set(cache.make_key(key), GARBAGE)


def slowly(_: Any) -> str:
    time.sleep(0.3)
    return "made"


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


def test_what_is_read_and_left_keeps_nobody_waiting_for_long(
    cache: Any, server: PrivateServer
) -> None:
    """An entry that cannot be read and that no page writes, such as a list of banned addresses."""
    write(server, cache, "banned")

    def make(_: Any) -> str:
        caches["default"].get("banned")
        time.sleep(0.6)
        return "made"

    pages.MAKERS["flagged"] = make
    served("/bare/flagged/")
    began = time.monotonic()
    at_once(8, lambda _: served("/bare/flagged/"))

    assert time.monotonic() - began < 1.15


def test_absent_entries_keep_nobody_waiting(cache: Any) -> None:
    """A `get` without a `set` is no computation."""

    def make(_: Any) -> str:
        caches["default"].get("absent")
        time.sleep(0.6)
        return "made"

    pages.MAKERS["flagged"] = make
    began = time.monotonic()
    at_once(8, lambda _: served("/bare/flagged/"))

    assert time.monotonic() - began < 1.15


def test_outside_of_a_request_nobody_waits(cache: Any, server: PrivateServer) -> None:
    """In a command or a task: neither for each other nor for a request."""
    write(server, cache, "k")
    holding, go_on = threading.Event(), threading.Event()

    def make(_: Any) -> str:
        caches["default"].get("k")
        holding.set()
        go_on.wait(10)
        return "made"

    pages.MAKERS["holding"] = make
    request = threading.Thread(target=served, args=["/bare/holding/"])
    request.start()
    holding.wait(10)
    began = time.monotonic()
    found = at_once(8, lambda _: (current_request(), caches["default"].get("k")))
    go_on.set()
    request.join()

    assert found == [(None, None)] * 8
    assert time.monotonic() - began < 5


def test_a_request_that_was_never_closed_ends_with_the_next(
    cache: Any, server: PrivateServer
) -> None:
    """A server that forgets it keeps nobody waiting."""
    write(server, cache, "k")
    pages.MAKERS["reading"] = lambda _: str(caches["default"].get("k"))
    served("/bare/reading/", close=False)
    assert set(cache._calm.computing) == {cache.make_key("k")}
    served("/plain/")

    assert not cache._calm.computing
    assert current_request() is None


def counted(cache: Any) -> None:
    with contextlib.suppress(ValueError):
        cache.incr("k")


def refused_by(cache: Any) -> None:
    with contextlib.suppress(NotPortable):
        cache.set("k", object())


WRITES: dict[str, Callable[[Any], object]] = {
    "set": lambda cache: cache.set("k", 1),
    "refused": refused_by,
    "gone": lambda cache: cache.set("k", 1, timeout=0),
    "add": lambda cache: cache.add("k", 1),
    "set_many": lambda cache: cache.set_many({"k": 1}),
    "delete": lambda cache: cache.delete("k"),
    "delete_many": lambda cache: cache.delete_many(["k"]),
    "touch": lambda cache: cache.touch("k", 10),
    "incr": counted,
    "clear": lambda cache: cache.clear(),
    "get_or_set": lambda cache: cache.get_or_set("k", 1),
    "delete_pattern": lambda cache: cache.delete_pattern("k*"),
    "aset": lambda cache: asyncio.run(cache.aset("k", 1)),
    "aadd": lambda cache: asyncio.run(cache.aadd("k", 1)),
    "aset_many": lambda cache: asyncio.run(cache.aset_many({"k": 1})),
    "adelete": lambda cache: asyncio.run(cache.adelete("k")),
    "atouch": lambda cache: asyncio.run(cache.atouch("k", 10)),
    "aclear": lambda cache: asyncio.run(cache.aclear()),
    "aget_or_set": lambda cache: asyncio.run(cache.aget_or_set("k", 1)),
}


@pytest.mark.parametrize("name", WRITES)
def test_every_write_lets_the_others_go_on(cache: Any, server: PrivateServer, name: str) -> None:
    """Though the request that wrote has not ended."""
    write(server, cache, "k")
    holding, gone_on = threading.Event(), threading.Event()
    waited: list[bool] = []

    def hold(_: Any) -> str:
        own = caches["default"]
        own.get("k")
        holding.set()
        time.sleep(0.1)
        waited.append(not gone_on.is_set())
        WRITES[name](own)
        waited.append(gone_on.wait(5))
        return "made"

    def follow(_: Any) -> str:
        caches["default"].get("k")
        gone_on.set()
        return "made"

    pages.MAKERS.update(hold=hold, follow=follow)
    first = threading.Thread(target=served, args=["/bare/hold/"])
    first.start()
    holding.wait(10)
    served("/bare/follow/")
    first.join()

    assert waited == [True, True]


def test_inside_of_a_computation_nobody_waits(cache: Any, server: PrivateServer) -> None:
    """Others wait for that one, perhaps who is waited for."""
    write(server, cache, "k")
    holding, computed = threading.Event(), threading.Event()

    def hold(_: Any) -> str:
        caches["default"].get("k")
        holding.set()
        return str(computed.wait(10))

    def compute(_: Any) -> str:
        own = caches["default"]
        own.get_or_set("other", lambda: str(own.get("k")))
        computed.set()
        return "made"

    pages.MAKERS.update(hold=hold, compute=compute)
    first = threading.Thread(target=served, args=["/bare/hold/"])
    first.start()
    holding.wait(10)
    began = time.monotonic()
    served("/bare/compute/")
    first.join()

    assert time.monotonic() - began < 5


async def all_of(number: int, path: str) -> list[tuple[int, bytes]]:
    return await asyncio.gather(*(answered(path) for _ in range(number)))


@pytest.mark.parametrize("poisoned", [[PAGE], [HEADERS], [PAGE, HEADERS]], ids=str)
def test_a_poisoned_page_is_made_once_under_asgi(
    cache: Any, poison: Poison, poisoned: list[str]
) -> None:
    """Blocking views, each request in a thread of its own."""
    pages.MAKERS["slow"] = slowly
    asyncio.run(answered("/made/slow/"))
    poison(*poisoned)

    assert set(asyncio.run(all_of(20, "/made/slow/"))) == {(200, b"made")}
    assert pages.MADE == {"slow": 1}
    assert not cache._calm.computing


@pytest.mark.parametrize("many", [False, True])
def test_async_views_compute_once(cache: Any, server: PrivateServer, many: bool) -> None:
    """Between `aget` and `aset`, and the loop goes on meanwhile."""
    write(server, cache, "k")
    computed: list[int] = []

    async def make(_: Any) -> str:
        own = caches["default"]
        found = (await own.aget_many(["k"])).get("k") if many else await own.aget("k")
        if found is None:
            computed.append(1)
            await asyncio.sleep(0.2)
            await own.aset("k", "made")
        return found or "made"

    pages.MAKERS["slow"] = make

    assert set(asyncio.run(all_of(200, "/amade/slow/"))) == {(200, b"made")}
    assert computed == [1]
    assert not cache._calm.computing


def test_async_views_go_on_when_the_first_fails(cache: Any, server: PrivateServer) -> None:
    """At once."""
    write(server, cache, "k")
    first: list[int] = []

    async def make(_: Any) -> str:
        if await caches["default"].aget("k") is None:
            first.append(1)
            is_first = len(first) == 1
            await asyncio.sleep(0.1)
            if is_first:
                raise RuntimeError("down")
        return "made"

    pages.MAKERS["slow"] = make
    began = time.monotonic()
    found = asyncio.run(all_of(8, "/amade/slow/"))

    assert Counter(code for code, _ in found) == {200: 7, 500: 1}
    assert time.monotonic() - began < 5


def test_a_loop_is_never_blocked(cache: Any, server: PrivateServer) -> None:
    """By a blocking `get` in an async view: what it waited for could not go on."""
    write(server, cache, "k")

    async def make(_: Any) -> str:
        caches["default"].get("k")
        await asyncio.sleep(0.1)
        return "made"

    pages.MAKERS["slow"] = make
    began = time.monotonic()

    assert set(asyncio.run(all_of(8, "/amade/slow/"))) == {(200, b"made")}
    assert time.monotonic() - began < 5


def test_a_client_that_hangs_up_keeps_nobody_waiting(cache: Any, server: PrivateServer) -> None:
    """Its request was cancelled while others waited for what it computed."""
    write(server, cache, "k")

    began: list[asyncio.Event] = []

    async def make(_: Any) -> str:
        if await caches["default"].aget("k") is None:
            began[0].set()
            await asyncio.sleep(0.5)
            await caches["default"].aset("k", 1)
        return "made"

    async def ask() -> list[Any]:
        hang_up = asyncio.Event()
        began.append(asyncio.Event())
        first = asyncio.create_task(answered("/amade/slow/", hang_up))
        await asyncio.wait_for(began[0].wait(), 10)
        others = [asyncio.create_task(answered("/amade/slow/")) for _ in range(5)]
        await asyncio.sleep(0.05)
        hang_up.set()
        return await asyncio.gather(*others, first)

    pages.MAKERS["slow"] = make
    started = time.monotonic()

    assert asyncio.run(ask())[:5] == [(200, b"made")] * 5
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("translated", [False, True])
@pytest.mark.parametrize("prefix", ["", "site.news"])
def test_a_page_is_told_by_its_list_of_headers(cache: Any, prefix: str, translated: bool) -> None:
    """As this release of Django names the two."""
    pages.MAKERS["slow"] = slowly
    with override_settings(USE_I18N=translated, CACHE_MIDDLEWARE_KEY_PREFIX=prefix):
        served("/made/slow/")
    (page,), (headers,) = cache.keys(PAGE), cache.keys(HEADERS)

    assert announced_by(cache.make_key(page)) == cache.make_key(headers)
    assert announced_by(cache.make_key(headers)) is None
    assert announced_by("page") is None
