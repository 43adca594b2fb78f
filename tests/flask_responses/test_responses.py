"""Responses of views, kept and sent again: what HTTP asks of it, and what Flask does."""

from __future__ import annotations

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
