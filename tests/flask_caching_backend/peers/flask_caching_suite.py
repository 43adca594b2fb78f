"""A plugin for pytest: Flask-Caching's own tests with our backend in place of its own.

In place of their conftest. Where they set a clock forward, every entry's time to live is shortened.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import flask
import flask_caching
import pytest
import redis
from flask_caching import backends

from shelflife.flask_caching import ShelflifeCache

PORT = int(os.environ["FLASK_CACHING_PORT"])
SETTINGS = json.loads(os.environ["FLASK_CACHING_SETTINGS"])
RESULTS: dict[str, str] = {}


class Ours(ShelflifeCache):
    """The backend, on the test's server unless a test says where."""

    @property
    def _write_client(self) -> Any:
        """A client for tests that look past the backend."""
        return redis.Redis.from_url(self.address)

    @classmethod
    def factory(
        cls, app: Any, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]
    ) -> ShelflifeCache:
        """Make the backend with the settings under test."""
        defaults = {"CACHE_REDIS_PORT": PORT, **SETTINGS}
        kwargs.pop("threshold", None)  # SimpleCache's
        made: ShelflifeCache = super().factory(app, {**defaults, **config}, args, kwargs)
        return made


for module in (backends, backends.rediscache, backends.simplecache):
    for name in ("RedisCache", "SimpleCache"):
        if hasattr(module, name):
            setattr(module, name, Ours)
setattr(flask_caching, "SimpleCache", Ours)  # noqa: B010 - no name that it exports


class Clock:
    """Time that passes for entries alone."""

    def advance(self, seconds: float) -> None:
        """Take so much of every entry's time to live."""
        with redis.Redis(port=PORT) as client:
            for key in client.keys("*"):
                left = client.pttl(key)
                if left >= 0:
                    client.pexpire(key, max(0, int(left - seconds * 1000)))


@pytest.fixture(autouse=True)
def empty() -> None:
    """Begin with an empty server."""
    with redis.Redis(port=PORT) as client:
        client.flushall()


@pytest.fixture
def app(request: pytest.FixtureRequest) -> flask.Flask:
    """The application of their conftest, with our backend."""
    folder = Path(request.module.__file__ or "").parent
    app = flask.Flask(request.module.__name__, template_folder=str(folder))
    app.testing = True
    app.config["CACHE_TYPE"] = "SimpleCache"
    return app


@pytest.fixture
def cache(app: flask.Flask) -> Any:
    """The cache of their conftest."""
    return flask_caching.Cache(app)


@pytest.fixture
def clock() -> Clock:
    """The clock of their conftest."""
    return Clock()


@pytest.fixture(
    params=flask_caching.SUPPORTED_HASH_FUNCTIONS,
    ids=[method.__name__ for method in flask_caching.SUPPORTED_HASH_FUNCTIONS],
)
def hash_method(request: pytest.FixtureRequest) -> Any:
    """The parameter of their conftest."""
    return request.param


@pytest.fixture(scope="class")
def redis_server() -> None:
    """Ours is running already."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what failed, and in a word why."""
    if report.failed:
        RESULTS[report.nodeid] = report.longreprtext[-600:]
    elif report.when == "call" and not report.skipped:
        RESULTS.setdefault(report.nodeid, "")


def pytest_sessionfinish() -> None:
    """Write it down."""
    Path(os.environ["FLASK_CACHING_RESULTS"]).write_text(json.dumps(RESULTS), encoding="utf-8")
