"""The plugin for pytest: a real server for tests, and what finds out what a mocked one hides.

Rules:
1. Loading it must cost a test run next to nothing: whatever a fixture needs is imported by it.
2. What it finds without having been asked is told in the summary; only what was asked for fails.
3. No assert in it is a test's: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import pytest

from shelflife.pytest_plugin import floor, mocks
from shelflife.pytest_plugin import golden as golden_entries
from shelflife.pytest_plugin.caches import (
    shelflife_async_cache,
    shelflife_cache,
    shelflife_cache_options,
)
from shelflife.pytest_plugin.floor import pytest_collection_modifyitems
from shelflife.pytest_plugin.golden import golden, shelflife_golden
from shelflife.pytest_plugin.golden_summary import GoldenSummary
from shelflife.pytest_plugin.servers import redis_server, shelflife_url

__all__ = [
    "golden",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "redis_server",
    "shelflife_async_cache",
    "shelflife_cache",
    "shelflife_cache_options",
    "shelflife_golden",
    "shelflife_url",
]

_MARKERS = (
    "shelflife(**options): options of shelflife_cache and shelflife_async_cache, by name",
    "shelflife_mocked_cache(reason): the test has to mock the cache client",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command line and of the configuration."""
    group = parser.getgroup("shelflife", "caches (shelflife)")
    golden_entries.add_options(group)
    mocks.add_options(group)
    floor.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and what looks on."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    config.pluginmanager.register(GoldenSummary(config), "shelflife-golden-summary")
    config.pluginmanager.register(mocks.MockedCaches(config), "shelflife-mocked-caches")
