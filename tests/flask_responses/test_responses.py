"""Responses of views, kept and sent again: what HTTP asks of it, and what Flask does."""

from __future__ import annotations

import time
from typing import Any

import pytest

from flask_responses.conftest import MakeApp

flask = pytest.importorskip("flask", reason="Flask is not installed")


def test_a_response_is_computed_once(make: MakeApp) -> None:
    """Status, headers and body are the same; a hit has an age."""
    service = make()
    service.view("/page", lambda: ("Größe", 203, {"X-A": "1", "Content-Language": "de"}))

    first, second = service.get("/page"), service.get("/page")
    assert service.computed == ["/page"]
    assert (second.status, second.data) == (first.status, first.data)
    assert second.headers.pop("Age") == "0"
    assert dict(second.headers) == dict(first.headers)
    assert second.text == "Größe"


WHAT_VIEWS_GIVE = {
    "text": "page",
    "bytes": b"\x00\xff",
    "dict": {"a": [1]},
    "list": [1, 2],
    "tuple": ("page", {"X-A": "1"}),
    "redirect": lambda: flask.redirect("/elsewhere", 301),
    "nothing": ("", 204),
    "two of one header": lambda: ("page", [("Link", "<a>"), ("Link", "<b>")]),
    "no type": lambda: without_type(flask.make_response("page")),
}


def without_type(response: Any) -> Any:
    del response.headers["Content-Type"]
    return response


@pytest.mark.parametrize("answer", WHAT_VIEWS_GIVE.values(), ids=WHAT_VIEWS_GIVE)
def test_whatever_a_view_may_give(make: MakeApp, answer: Any) -> None:
    """The second response is the first, header for header."""
    service = make()
    service.view("/page", answer)

    first, second = service.get("/page"), service.get("/page")
    assert service.computed == ["/page"]
    assert (second.status, second.data) == (first.status, first.data)
    assert sorted(second.headers) == sorted([*first.headers, ("Age", "0")])


def test_the_order_of_the_query_does_not_matter(make: MakeApp) -> None:
    """Nor how characters are escaped; values of one name keep their order."""
    service = make()
    service.view("/<path:rest>", lambda rest: flask.request.query_string)

    for url in ("/a?x=1&y=2", "/a?y=2&x=1", "/%61?x=1&y=2", "/a?x=%31&y=2"):
        service.get(url)
    assert len(service.computed) == 1
    for url in ("/a?x=1&x=2", "/a?x=2&x=1", "/a", "/b?x=1&y=2", "/a?x=1&y=2&y=2"):
        service.get(url)
    assert len(service.computed) == 6


def test_host_and_scheme_are_part_of_the_key(make: MakeApp) -> None:
    """One application may answer for several hosts."""
    service = make()
    service.view("/page", lambda: flask.request.host_url)

    urls = ["http://one/", "http://two/", "https://one/", "http://one:8000/"]
    for _ in range(2):
        assert [service.get(f"{url}page").text for url in urls] == urls
    assert len(service.computed) == 4


def test_etags(make: MakeApp) -> None:
    """Made where the view makes none; 304 for whoever has it, on a miss and on a hit."""
    service = make()
    service.view("/page", "page")
    service.view("/own", lambda: ("page", {"ETag": '"own"'}))

    tag = service.get("/page").headers["ETag"]
    for _ in range(2):
        response = service.get("/page", If_None_Match=tag)
        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"] == tag
        assert "Content-Type" not in response.headers
    assert service.get("/page", If_None_Match='"other"').status_code == 200
    fresh = service.get("/own", If_None_Match='"own"')
    assert (fresh.status_code, fresh.data) == (304, b"")
    assert service.get("/own", If_None_Match='W/"own"').status_code == 304
    assert service.get("/own").headers["ETag"] == '"own"'
    assert service.computed == ["/page", "/own"]


def test_head_is_answered_from_gets_entry(make: MakeApp) -> None:
    """But keeps none itself."""
    service = make()
    service.view("/page", "page")

    assert service.get("/page", "HEAD").status_code == 200
    service.get("/page")
    response = service.get("/page", "HEAD")
    assert service.computed == ["/page", "/page"]
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["Content-Length"] == "4"
    assert "Age" in response.headers


def test_vary(make: MakeApp) -> None:
    """By the option, and by what a response says itself."""
    service = make()
    service.view("/option", language, vary=["Accept-Language"])
    service.view("/own", lambda: (language(), {"Vary": "accept-language"}))

    for url in ("/option", "/own"):
        for _ in range(2):
            for asked in ("de", "fr"):
                response = service.get(url, Accept_Language=asked)
                assert response.text == asked
                assert response.headers["Vary"].lower() == "accept-language"
    assert sorted(service.computed) == ["/option", "/option", "/own", "/own"]


def language() -> str:
    return str(flask.request.headers.get("Accept-Language", ""))


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


def test_unless_and_key(make: MakeApp) -> None:
    """Past the cache; and a key of the user's own."""
    service = make()
    service.view("/draft", "page", unless=lambda: "draft" in flask.request.args)
    service.view("/user", user, key=lambda: f"user {user()}")
    service.view("/front", "page", key="front page")

    for url in ("/draft?draft=1", "/user?id=1&x=1", "/user?id=1&x=2", "/user?id=2", "/front?a=1"):
        service.get(url)
        service.get(url)
    assert service.computed == [
        *("/draft?draft=1", "/draft?draft=1", "/user?id=1&x=1", "/user?id=2", "/front?a=1"),
    ]
    with service.app.app_context():
        assert service.responses.delete_key("front page")
    service.get("/front")
    assert service.computed[-1] == "/front"


def user() -> str:
    found: str = flask.request.args["id"]
    return found


def test_deleting(make: MakeApp) -> None:
    """By URL, within a request and without one; the variants go as well."""
    service = make()
    service.view("/page", language, vary=["accept-language"])
    service.app.config["SERVER_NAME"] = "localhost"

    def fill() -> int:
        for asked in ("de", "fr"):
            service.get("/page?b=1&a=%20", Accept_Language=asked)
        return len(service.computed)

    assert fill() == 2
    with service.app.app_context():
        assert service.responses.delete("/page?a=+&b=1")
    assert fill() == 4
    with service.app.test_request_context("/other"):
        assert service.responses.delete(flask.url_for("/page", a=" ", b=1))
    assert fill() == 6
    with service.app.app_context():
        assert service.responses.delete("http://LOCALHOST/page?a=%20&b=1")
    assert fill() == 8
    assert fill() == 8


def test_what_the_application_does_to_responses_is_not_kept(make: MakeApp) -> None:
    """`after_request` and `teardown_request` run for hits as for anything else."""
    service = make()
    done: list[str] = []

    def after(response: Any) -> Any:
        response.headers.add("X-Count", str(len(done)))
        return response

    service.app.after_request(after)
    service.app.teardown_request(lambda _: done.append("request"))
    service.view("/page", "page")

    counts = [service.get("/page").headers.getlist("X-Count") for _ in range(3)]
    assert counts == [["0"], ["1"], ["2"]]
    assert service.computed == ["/page"]


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
