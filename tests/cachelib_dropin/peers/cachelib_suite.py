"""A plugin for pytest: cachelib's own Redis tests with our drop-in in place of its RedisCache."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cachelib
import pytest
import redis

from shelflife.cachelib import RedisCache

PORT = int(os.environ["CACHELIB_PORT"])
RESULTS: dict[str, str] = {}


class Ours(RedisCache):
    """The drop-in, on the test's server unless a test says where."""

    @property
    def _write_client(self) -> Any:
        """A client for fixtures that look past the cache."""
        return redis.Redis(port=PORT)


cachelib.RedisCache = Ours  # type: ignore[misc,assignment]


@pytest.fixture(scope="session")
def xprocess() -> None:
    """What their fixtures would start a server with; it runs already."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what became of each."""
    if report.when == "call" or report.failed:
        RESULTS[report.nodeid] = str(report.longrepr)[-800:] if report.failed else ""


def pytest_sessionfinish() -> None:
    """Hand it over."""
    Path(os.environ["CACHELIB_RESULTS"]).write_text(json.dumps(RESULTS), encoding="utf-8")
