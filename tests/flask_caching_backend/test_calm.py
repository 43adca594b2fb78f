"""Requests at once on one unreadable entry: one computes, the others wait for it, none fails."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest
import redis

from flask_caching_backend.conftest import MakeCache
from flask_caching_backend.test_unreadable import KEY, backend, serving
from flask_responses.conftest import at_once
from shelflife.testing import PrivateServer

flask = pytest.importorskip("flask", reason="Flask is not installed")


PATIENT = {
    "CACHE_SHELFLIFE_MAX_CONNECTIONS": 200,  # who gets no connection in time computes for itself
    "CACHE_SHELFLIFE_CONNECT_TIMEOUT": 30,
    "CACHE_SHELFLIFE_READ_TIMEOUT": 30,
}


def test_200_requests_at_once_compute_a_poisoned_view_once(
    make: MakeCache, server: PrivateServer
) -> None:
    """The others wait for it, and none fails."""
    computed: list[int] = []

    def compute() -> str:
        computed.append(1)
        time.sleep(0.3)
        return "page"

    cache = serving(make, compute, **PATIENT)
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, b"!\x80\x09K\x01.")

    answers = at_once(200, lambda: cache.app.test_client().get("/page"))
    assert {(found.status_code, found.data) for found in answers} == {(200, b"page")}
    assert computed == [1]


@pytest.mark.parametrize("poisoned", ["value", "version"])
def test_200_requests_at_once_compute_a_poisoned_function_once(
    make: MakeCache, server: PrivateServer, poisoned: str
) -> None:
    """Be it the value that cannot be read, or the version of the function."""
    cache = make(**PATIENT)
    computed: list[int] = []

    def compute(number: int) -> int:
        computed.append(number)
        time.sleep(0.3)
        return number * 2

    double = cache.memoize()(compute)

    def page() -> str:
        return str(double(2))

    cache.app.add_url_rule("/page", view_func=page)

    cache.app.test_client().get("/page")
    computed.clear()
    with redis.Redis(port=server.port) as raw:
        for name in raw.keys("*"):
            if name.endswith(b"_memver") == (poisoned == "version"):
                raw.set(name, b"!garbage")

    answers = at_once(200, lambda: cache.app.test_client().get("/page"))
    assert {(found.status_code, found.data) for found in answers} == {(200, b"4")}
    assert computed == [2]


def test_who_waits_goes_on_when_the_computing_request_fails(
    make: MakeCache, server: PrivateServer
) -> None:
    """At once, not after the longest wait; and a flag that is never set keeps nobody."""
    first = threading.Event()

    def compute() -> str:
        if not first.is_set():
            first.set()
            time.sleep(0.2)
            raise RuntimeError("down")
        return "page"

    cache = serving(make, compute)
    cache.app.testing = False
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, b"!garbage")

    began = time.monotonic()
    answers = at_once(8, lambda: cache.app.test_client().get("/page"))
    assert sorted(found.status_code for found in answers) == [*[200] * 7, 500]
    assert time.monotonic() - began < 5
    assert not backend(cache)._calm.computing


def test_absent_entries_keep_nobody_waiting(make: MakeCache) -> None:
    """A `get` without a `set`, such as of a list of banned addresses, is no computation."""
    cache = make()

    def page() -> str:
        cache.get("banned")
        time.sleep(0.2)
        return "page"

    cache.app.add_url_rule("/page", view_func=page)

    began = time.monotonic()
    at_once(8, lambda: cache.app.test_client().get("/page"))
    assert time.monotonic() - began < 1


FORKED = """
import os, sys, threading
from flask import Flask
from flask_caching import Cache
from shelflife.flask import Shelflife

app = Flask("service")
app.config.update(
    SHELFLIFE_URL=sys.argv[1], CACHE_TYPE="shelflife.flask_caching.ShelflifeCache",
    CACHE_REDIS_URL=sys.argv[1],
)
responses, cache = Shelflife(app), Cache(app)
started, go_on = threading.Event(), threading.Event()

@app.get("/<int:number>")
@responses.cached()
def page(number):
    return str(cached(number))

def compute(number):
    if number == 0 and os.getpid() == parent:
        started.set()
        go_on.wait(20)
    return number

cached = cache.memoize()(compute)
parent = os.getpid()
app.test_client().get("/1")
with app.app_context():
    backend = cache.cache
    cache.set("poisoned", 1)
backend._store.run(__import__("shelflife.stores.commands", fromlist=["Set"]).Set(
    b"flask_cache_poisoned", b"!garbage", None))

def hold():
    with app.app_context():
        cache.get("poisoned")
        compute(0)

holding = threading.Thread(target=hold)
holding.start()
started.wait(20)
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        fine = all(app.test_client().get(f"/{n % 7 + 1}").text == str(n % 7 + 1) for n in range(70))
        with app.app_context():
            fine = fine and cache.get("poisoned") is None
        os._exit(0 if fine else 1)
    children.append(child)
codes = [os.waitpid(child, 0)[1] for child in children]
go_on.set()
holding.join()
sys.exit(any(codes))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forks_do_not_wait_for_threads_that_they_do_not_have(server: PrivateServer) -> None:
    """And share no connection: every answer is one's own."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED, server.url],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert done.returncode == 0, done.stderr
    assert time.monotonic() - began < 15
