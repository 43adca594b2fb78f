"""Fleets whose counts are looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from shelflife import Cache

MINIMUM = "python>=3.9, shelflife"


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the real, empty server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def counts(client: redis.Redis) -> Callable[[], dict[tuple[str, ...], int]]:
    """Give what the processes of the fleet `api` have told so far."""

    def give() -> dict[tuple[str, ...], int]:
        found: Counter[tuple[str, ...]] = Counter()
        for key in client.scan_iter("shelflife:fleet:{api}:counts:*"):
            for name, value in client.hgetall(key).items():
                found[tuple(json.loads(name))] += int(value)
        return found

    return give


@pytest.fixture
def join(redis_url: str) -> Iterator[Callable[..., Cache]]:
    """Make caches that are in the fleet `api`; they are closed afterwards."""
    caches: list[Cache] = []

    def make(release: str = "new", **options: Any) -> Cache:
        given = {"fleet": "api", "fleet_minimum": MINIMUM, "floor": "fleet", **options}
        caches.append(Cache(redis_url, prefix="a:", release=release, **given))
        caches[-1].has("anything")
        return caches[-1]

    yield make
    for cache in caches:
        cache.close()
