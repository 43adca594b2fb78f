"""Caches of every kind on real stores, and the raw bytes below them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest
import redis

from blocking import Blocking
from shelflife import AsyncCache, Cache

KINDS = ("memory", "redis", "unix", "async-memory", "async-redis")
ON_SEVERAL = ("cluster", "sentinel", "async-cluster", "async-sentinel")
"""What stands on several servers; for tests that ask for these as well."""


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the caches."""
    kind: str = request.param
    return kind


@pytest.fixture
def make(kind: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Make caches of this kind with options; with the prefix `api:` if none is given."""
    urls = {"memory": "memory://"}
    if kind in ON_SEVERAL:
        where = kind.replace("async-", "")
        urls = {where: request.getfixturevalue(where).url}
    elif "memory" not in kind:
        server = request.getfixturevalue("server")
        urls = {"redis": server.url, "unix": server.unix_url}
    made: list[Any] = []

    def build(**options: Any) -> Any:
        options.setdefault("prefix", "api:")
        url = options.pop("url", urls[kind.replace("async-", "")])
        cache: Any = (
            Blocking(AsyncCache(url, **options))
            if kind.startswith("async-")
            else Cache(url, **options)
        )
        made.append(cache)
        return cache

    yield build
    for cache in made:
        cache.close()


@pytest.fixture
def cache(make: Callable[..., Any]) -> Any:
    """A cache with the prefix `api:`."""
    return make()


@pytest.fixture
def raw(redis_url: str) -> Iterator[redis.Redis]:
    """A client that sees and sets the bytes themselves."""
    with redis.Redis.from_url(redis_url) as client:
        yield client
