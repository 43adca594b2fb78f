"""Regions of the backend, beside dogpile's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shelflife.testing import PrivateServer

pytest.importorskip("dogpile.cache", reason="dogpile.cache is not installed")

from dogpile.cache import CacheRegion, make_region

import shelflife.dogpile  # noqa: F401 - registers the backend

MakeRegion = Callable[..., Any]


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of dogpile's own suites."""
    config.addinivalue_line("markers", "time_intensive: dogpile's own, slow here")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what takes dogpile's suites many seconds to the slow tests."""
    for item in items:
        if item.get_closest_marker("time_intensive"):
            item.add_marker("slow")


@pytest.fixture
def make(server: PrivateServer) -> Iterator[MakeRegion]:
    """Make a region on the server: `arguments` by keyword, the region's own as `region=`."""
    made: list[CacheRegion] = []

    def make(
        expiration_time: float = 60, region: Any = None, url: str = server.url, **arguments: Any
    ) -> CacheRegion:
        new = make_region(**(region or {}))
        new.configure(
            "shelflife", expiration_time=expiration_time, arguments={"url": url, **arguments}
        )
        made.append(new)
        return new

    yield make
    for region in made:
        region.actual_backend.cache.close()


@pytest.fixture
def original(server: PrivateServer) -> Iterator[MakeRegion]:
    """Make a region with dogpile's own Redis backend."""
    made: list[CacheRegion] = []

    def original(region: Any = None, **arguments: Any) -> CacheRegion:
        new = make_region(**(region or {}))
        new.configure("dogpile.cache.redis", arguments={"url": server.url, **arguments})
        made.append(new)
        return new

    yield original
    for region in made:
        region.actual_backend.writer_client.close()


def misses(region: Any) -> dict[str, int]:
    """What the region's cache has counted."""
    return dict(region.actual_backend.cache.counters().misses)
