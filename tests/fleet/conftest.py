"""Caches of a fleet, and the command as a user runs it."""

from __future__ import annotations

import gc
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
from click.testing import CliRunner

from shelflife import Cache
from shelflife.cli.command import shelflife

KEY = "shelflife:fleet:{api}"
LOW, HIGH = "python>=2.7, werkzeug", "python>=3.9, shelflife>=1"


class Ran(NamedTuple):
    """How the command ended."""

    code: int
    said: str
    document: dict[str, Any]


@pytest.fixture
def floor(redis_url: str, tmp_path: Path) -> Callable[..., Ran]:
    """Run `shelflife floor URL` with these words, for the fleet `api`; also ask for its JSON."""

    def run(*words: str, url: str = redis_url) -> Ran:
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        given = ["floor", url, *words, "--fleet", "api", "--json", str(report)]
        done = CliRunner().invoke(shelflife, given, standalone_mode=False)
        if done.exception is not None:
            if not hasattr(done.exception, "format_message"):
                raise done.exception
            return Ran(2, done.exception.format_message(), {})
        document = json.loads(report.read_text())
        assert document["exit_code"] == done.return_value
        return Ran(document["exit_code"], done.output, document)

    return run


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    """A client of the real, empty server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def join(redis_url: str) -> Iterator[Callable[..., Cache]]:
    """Make caches that are in the fleet `api` by now; they are closed afterwards."""
    caches: list[Cache] = []

    def make(release: str = "new", *, url: str = redis_url, **options: Any) -> Cache:
        given: dict[str, Any] = {
            "prefix": "a:",
            "reads": "werkzeug",
            "fleet": "api",
            "fleet_minimum": "python>=2.7, werkzeug",
            "floor": "fleet",
            **options,
        }
        cache = Cache(url, release=release, **given)
        caches.append(cache)
        cache.get("anything")
        with redis.Redis.from_url(url) as client:
            until(lambda: any(release.encode() in v for v in client.hgetall(KEY).values()))
        return cache

    yield make
    for cache in caches:
        cache.close()


def until(what: Callable[[], Any], seconds: float = 5.0) -> float:
    """Wait until something is so; give how long it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.005)
    return time.monotonic() - began


@pytest.fixture(autouse=True)
def _nobody_else() -> None:
    """Have the threads end that keep up what other tests have left to be collected."""
    with warnings.catch_warnings():
        # In a cycle that is collected, a socket may go before the connection that would close it.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    deadline = time.monotonic() + 5
    while any(thread.name.startswith("shelflife-fleet-") for thread in threading.enumerate()):
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.02)
