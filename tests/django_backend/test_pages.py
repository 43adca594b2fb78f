"""Pages and marked text are kept as portable data, and come back as they were sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.test import Client, RequestFactory
from django.utils.safestring import SafeString, mark_safe

from django_backend import pages
from shelflife import NotPortable, Types
from shelflife.testing import PrivateServer


@pytest.mark.parametrize("path", ["/plain/", "/data/", "/rendered/", "/framed/"])
def test_a_page_is_made_once(cache: Any, server: PrivateServer, path: str) -> None:
    """And the second answer is the first: status, headers, cookies and body."""
    client = Client()
    before = sum(pages.MADE.values())
    first, second = client.get(path), client.get(path)

    assert sum(pages.MADE.values()) == before + 1
    assert second.status_code == first.status_code
    assert second.content == first.content
    assert {**dict(second.items()), "Age": ""} == {**dict(first.items()), "Age": ""}
    assert second.cookies.output() == first.cookies.output()
    with redis.Redis.from_url(server.url) as plain:
        entries = [plain.get(name) for name in plain.scan_iter()]
    assert all(entry.startswith(b"\xc1") and b"django.http" not in entry for entry in entries)


def test_what_middleware_is_told_is_kept(cache: Any) -> None:
    """A page that may be framed may be so when it comes from the cache."""
    client = Client()

    assert "X-Frame-Options" not in client.get("/framed/")
    assert "X-Frame-Options" not in client.get("/framed/")
    assert client.get("/plain/")["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse("a"),
        HttpResponse(b"\xff", status=201, reason="Made", content_type="image/x", charset="latin-1"),
        HttpResponse("a", headers={"X-Two": "1", "Vary": "Cookie"}),
        JsonResponse({"a": [1]}),
        SimpleTemplateResponse(pages.GREETING, {"name": "<"}).render(),
        TemplateResponse(RequestFactory().get("/"), pages.GREETING, {"name": "<"}).render(),
    ],
    ids=lambda response: type(response).__name__,
)
def test_a_response_is_what_it_was(cache: Any, response: HttpResponse) -> None:
    """Of its class, and as it is sent."""
    response.set_cookie("c", "with spaces; and more", max_age=5, secure=True, samesite="Lax")
    response.delete_cookie("d")
    del response["Content-Length"]
    cache.set("k", response)
    found = cache.get("k")

    assert type(found) is type(response)
    assert found.serialize() == response.serialize()
    assert (found.reason_phrase, found.charset) == (response.reason_phrase, response.charset)
    assert found.cookies.output() == response.cookies.output()
    found.write("more")
    assert found.content == response.content + b"more"


def test_a_response_without_content_type(cache: Any) -> None:
    """Does not get one."""
    response = HttpResponse()
    del response["Content-Type"]
    cache.set("k", response)

    assert "Content-Type" not in cache.get("k")


def test_a_class_of_the_user_is_kept_as_djangos(cache: Any) -> None:
    """As what is sent; by each way of writing."""
    writes: tuple[Callable[[], Any], ...] = (
        lambda: cache.set("k", pages.OwnResponse("own")),
        lambda: cache.set_many({"k": pages.OwnResponse("own")}),
        lambda: cache.get_or_set("k", lambda: pages.OwnResponse("own")),
    )
    for write in writes:
        cache.delete("k")
        write()
        assert type(cache.get("k")) is HttpResponse
        assert cache.get("k").content == b"own"


def test_a_class_that_the_user_registered_is_theirs(configure: Any) -> None:
    """With what they keep of it."""
    types = Types()
    types.register("own", pages.OwnResponse, encode=lambda r: r.content, decode=pages.OwnResponse)
    cache = configure(OPTIONS={"types": types})
    cache.set("k", pages.OwnResponse("own"))

    assert type(cache.get("k")) is pages.OwnResponse


@pytest.mark.parametrize(
    "response",
    [
        StreamingHttpResponse(["a"]),
        FileResponse([b"a"]),
        SimpleTemplateResponse(pages.GREETING),
    ],
    ids=lambda response: type(response).__name__,
)
def test_what_has_no_body_yet_is_refused(cache: Any, response: HttpResponse) -> None:
    """With what to do."""
    with pytest.raises(NotPortable, match=r"render|regist"):
        cache.set("k", response)


def test_marked_text_stays_marked(cache: Any) -> None:
    """So that a fragment is not escaped when it comes from the cache."""
    cache.set("k", [mark_safe("<b>"), "<b>"])
    template = engines["django"].from_string(
        "{% load cache %}{% cache 60 side %}{{ text }}{% endcache %}"
    )

    assert [type(text) for text in cache.get("k")] == [SafeString, str]
    assert template.render({"text": mark_safe("<i>")}) == "<i>"
    assert template.render({"text": mark_safe("other")}) == "<i>"
