"""Who does not wait for a request that computes what could not be read, and what ends waiting."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

from django.core.cache import caches
from django.test import override_settings

from django_backend import pages
from django_backend.asking import at_once, served
from django_backend.conftest import HEADERS, PAGE, slowly, write
from shelflife import NotPortable
from shelflife.django.requests import announced_by, current_request
from shelflife.testing import PrivateServer


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


def refused_by(cache: Any) -> None:
    with contextlib.suppress(NotPortable):
        cache.set("k", object())


def counted(cache: Any) -> None:
    with contextlib.suppress(ValueError):
        cache.incr("k")


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


HEARD = """
import django
from django.conf import settings
from django.core.signals import request_finished, request_started
settings.configure(INSTALLED_APPS=["shelflife.django"], CACHES={"default": {
    "BACKEND": "shelflife.django.ShelflifeCache", "LOCATION": "memory://"}})
django.setup()
heard = [key for signal in (request_started, request_finished) for key, *_ in signal.receivers]
assert [uid for uid, _ in heard].count("shelflife") == 2, heard
"""


def test_with_the_app_requests_are_known_from_the_first_on() -> None:
    """Without it a process knows them from the first use of the cache on."""
    run = subprocess.run(
        [sys.executable, "-c", HEARD],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert run.returncode == 0, run.stderr
