"""Applications with the backend, beside Flask-Caching's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shelflife.testing import PrivateServer

OURS = "shelflife.flask_caching.ShelflifeCache"
MakeCache = Callable[..., Any]


@pytest.fixture
def make(server: PrivateServer) -> Iterator[MakeCache]:
    """Make a `flask_caching.Cache` on an application of its own; `cache.app` is that."""
    flask = pytest.importorskip("flask", reason="Flask is not installed")
    flask_caching = pytest.importorskip("flask_caching", reason="Flask-Caching is not installed")
    made: list[Any] = []

    def make(cache_type: str = OURS, **settings: Any) -> Any:
        app = flask.Flask("service")
        app.testing = True
        app.config.update(CACHE_REDIS_URL=server.url, CACHE_TYPE=cache_type, **settings)
        cache = flask_caching.Cache(app)
        made.append(app.extensions["cache"][cache])
        return cache

    yield make
    for backend in made:
        close = getattr(backend, "close", None) or getattr(backend, "_write_client", None)
        if close is not None:
            getattr(close, "close", close)()
