"""The plugin for pytest: a real server for tests, and what finds out what a mocked one hides.

Rules:
1. Loading it must cost a test run next to nothing: whatever a fixture needs is imported by it.
2. What it finds without having been asked is told in the summary; only what was asked for fails.
"""

from __future__ import annotations

import pytest

from shelflife.pytest_plugin.caches import (
    shelflife_async_cache,
    shelflife_cache,
    shelflife_cache_options,
)
from shelflife.pytest_plugin.servers import redis_server, shelflife_url

__all__ = [
    "pytest_configure",
    "redis_server",
    "shelflife_async_cache",
    "shelflife_cache",
    "shelflife_cache_options",
    "shelflife_url",
]

_MARKERS = ("shelflife(**options): options of shelflife_cache and shelflife_async_cache, by name",)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
