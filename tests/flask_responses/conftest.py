"""Applications with the extension."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shelflife.testing import PrivateServer

MakeApp = Callable[..., Any]


class Service:
    """An application, its extension, and what its views have computed."""

    def __init__(self, app: Any, responses: Any) -> None:
        self.app = app
        self.responses = responses
        self.cache = app.extensions["shelflife"]
        self.computed: list[str] = []

    def get(self, url: str, method: str = "GET", **headers: str) -> Any:
        """Ask as a client without cookies; `If_None_Match` is that header."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client = self.app.test_client(use_cookies=False)
        return client.open(url, method=method, headers=named)

    def view(self, rule: str, answer: Any, **options: Any) -> None:
        """Add a cached view; `answer` is what it gives, or a function that does."""

        def view(**arguments: Any) -> Any:
            from flask import request  # noqa: PLC0415 - after importorskip

            self.computed.append(request.full_path.rstrip("?"))
            return answer(**arguments) if callable(answer) else answer

        decorated = self.responses.cached(**options)(view)
        self.app.add_url_rule(rule, endpoint=rule, view_func=decorated)


@pytest.fixture
def make(server: PrivateServer) -> Iterator[MakeApp]:
    """Make a service; settings are without `SHELFLIFE_`, in lower case."""
    flask = pytest.importorskip("flask", reason="Flask is not installed")
    from shelflife.flask import Shelflife  # noqa: PLC0415 - as above

    made: list[Service] = []

    def make(**settings: Any) -> Service:
        app = flask.Flask("service")
        app.testing = True
        options = {"url": server.url, "prefix": "service:", **settings}
        app.config.update({f"SHELFLIFE_{name.upper()}": value for name, value in options.items()})
        service = Service(app, Shelflife(app))
        made.append(service)
        return service

    yield make
    for service in made:
        service.cache.close()


def at_once(number: int, call: Callable[[], Any]) -> list[Any]:
    """Call from so many threads at the same moment."""
    barrier = threading.Barrier(number)

    def run(_: int) -> Any:
        barrier.wait(30)
        return call()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))
