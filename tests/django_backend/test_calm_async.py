"""Requests at once on one unreadable entry under ASGI: one computes, the loop goes on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.core.cache import caches

from django_backend import pages
from django_backend.asking import all_of, answered
from django_backend.conftest import HEADERS, PAGE, PATIENT, Poison, slowly, write
from shelflife.testing import PrivateServer


@pytest.fixture
def cache(configure: Any) -> Any:
    """A cache with a connection for each of 200 requests."""
    return configure(OPTIONS=PATIENT)


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
