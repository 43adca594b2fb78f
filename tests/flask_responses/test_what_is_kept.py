"""Which responses are kept and for how long, which are not, and what can be asked for."""

from __future__ import annotations

import time
from typing import Any

import pytest

from flask_responses.conftest import MakeApp

flask = pytest.importorskip("flask", reason="Flask is not installed")


def test_what_is_somebodys_own_is_not_kept(make: MakeApp) -> None:
    """Unless asked for."""
    service = make()
    service.app.secret_key = "secret"
    answers: dict[str, Any] = {
        "/cookie": lambda: ("page", {"Set-Cookie": "a=b"}),
        "/session": lambda: str(flask.session.get("user")),
        "/private": lambda: ("page", {"Cache-Control": "private"}),
        "/no-store": lambda: ("page", {"Cache-Control": "no-store"}),
        "/stale": lambda: ("page", {"Cache-Control": "max-age=0"}),
        "/any": lambda: ("page", {"Vary": "*"}),
        "/error": lambda: ("page", 500),
        "/missing": lambda: ("page", 404),
        "/found": lambda: flask.redirect("/elsewhere"),
        "/stream": lambda: flask.Response(part for part in ("a", "b")),
    }
    for rule, answer in answers.items():
        service.view(rule, answer)
    for rule in answers:
        service.get(rule)
        service.get(rule)

    assert service.computed == [rule for rule in answers for _ in range(2)]
    assert service.cache.counters().hits == 0


def test_what_is_asked_for_is_kept(make: MakeApp) -> None:
    """Option by option."""
    service = make()
    service.app.secret_key = "secret"
    service.view("/cookie", lambda: ("page", {"Set-Cookie": "a=b"}), set_cookie=True)
    service.view("/session", lambda: str(flask.session.get("user")), sessions=True)
    service.view("/missing", lambda: flask.abort(404), statuses=[200, 404])
    service.view("/page", "page", authorization=True)

    for _ in range(2):
        assert service.get("/cookie").headers["Set-Cookie"] == "a=b"
        assert service.get("/session").text == "None"
        assert service.get("/missing").status_code == 404
        assert service.get("/page", Authorization="Basic Og==").text == "page"
    assert service.computed == ["/cookie", "/session", "/missing", "/page"]


def test_a_request_with_authorization_is_answered_by_its_view(make: MakeApp) -> None:
    """Neither from the cache, nor is its response kept."""
    service = make()
    service.view("/page", lambda: flask.request.headers.get("Authorization", "nobody"))

    for who in ("Bearer a", "Bearer b", "nobody", "Bearer c"):
        asked = {} if who == "nobody" else {"Authorization": who}
        assert service.get("/page", **asked).text == who
    assert service.get("/page").text == "nobody"
    assert len(service.computed) == 4


def test_errors_are_handled_as_ever(make: MakeApp) -> None:
    """By the application's handlers, and are not kept."""
    service = make()
    service.app.register_error_handler(ValueError, lambda _: ("sorry", 503))
    service.view("/broken", lambda: int("no number"))
    service.view("/missing", lambda: flask.abort(404))

    for _ in range(2):
        assert service.get("/broken").status_code == 503
        assert service.get("/missing").status_code == 404
    assert len(service.computed) == 4


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_cached(make: MakeApp, method: str) -> None:
    """They reach the view, and leave what is kept alone."""
    service = make()
    view = service.responses.cached()(lambda: str(len(service.computed)))

    def noted() -> Any:
        service.computed.append(flask.request.method)
        return view()

    service.app.add_url_rule(
        "/page", view_func=noted, methods=["GET", method], provide_automatic_options=False
    )
    assert service.get("/page").text == "1"
    assert [service.get("/page", method).text for _ in range(2)] == ["2", "3"]
    assert service.get("/page").text == "1"


def test_max_age_bounds_the_ttl(make: MakeApp) -> None:
    """And the default holds without it."""
    service = make(ttl=90)
    service.view("/short", lambda: ("page", {"Cache-Control": "max-age=30"}))
    service.view("/long", lambda: ("page", {"Cache-Control": "max-age=900"}), ttl=60)
    service.view("/default", "page")

    left = {}
    for rule in ("/short", "/long", "/default"):
        service.get(rule)
        left[rule] = service.cache.ttl(f"responses:GET http://localhost{rule}")
    assert 29 < left["/short"] <= 30
    assert 59 < left["/long"] <= 60
    assert 89 < left["/default"] <= 90


def test_requests_may_ask_for_something_newer_if_they_are_listened_to(make: MakeApp) -> None:
    """An option, as anybody may send `no-cache`."""
    service = make()
    service.view("/deaf", "page")
    service.view("/obeying", "page", obey_requests=True)

    for rule in ("/deaf", "/obeying"):
        service.get(rule)
        for said in ("no-cache", "max-age=0", "no-store"):
            service.get(rule, Cache_Control=said)
    assert service.computed == ["/deaf", *["/obeying"] * 4]


def test_streams_up_to_a_length(make: MakeApp) -> None:
    """A longer one is sent whole, and closed."""
    service = make()
    closed: list[str] = []

    def stream(pieces: int) -> Any:
        try:
            for _ in range(pieces):
                yield b"x" * 10
        finally:
            closed.append(flask.request.path)

    def response() -> Any:
        pieces = 3 if flask.request.path == "/short" else 30
        return flask.Response(flask.stream_with_context(stream(pieces)))

    service.view("/short", response, streams=100)
    service.view("/long", response, streams=100)
    for _ in range(2):
        assert service.get("/short").data == b"x" * 30
        assert service.get("/long").data == b"x" * 300
    assert service.computed == ["/short", "/long", "/long"]
    assert sorted(closed) == ["/long", "/long", "/short"]


def test_marks_and_announces(make: MakeApp) -> None:
    """If asked to."""
    service = make()
    service.view("/page", "page", mark=True, announce=True, ttl=60)

    first, second = service.get("/page"), service.get("/page")
    assert [first.headers["X-Cache"], second.headers["X-Cache"]] == ["miss", "hit"]
    assert first.headers["Cache-Control"] == second.headers["Cache-Control"] == "max-age=60"


def test_entries_expire(make: MakeApp) -> None:
    """And are computed anew."""
    service = make()
    service.view("/page", "page", ttl=0.2)

    service.get("/page")
    time.sleep(0.3)
    service.get("/page")
    assert len(service.computed) == 2
