"""What is one request's own is nobody else's: keys, decorators below paths, users, `forget`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

pytest.importorskip("starlette", reason="Starlette is not installed")

from starlette.authentication import SimpleUser
from starlette.responses import JSONResponse, PlainTextResponse

from shelflife import AsyncCache, Cache, ConfigurationError
from shelflife.starlette import cached, forget
from shelflife.starlette.messages import path_of
from starlette_middleware.conftest import Site, marks


def page(_: Any) -> PlainTextResponse:
    """An endpoint."""
    return PlainTextResponse("page")


def test_a_decorator_below_a_cached_path_keeps_responses_apart(site: Site) -> None:
    """By its own `key` and `unless`: nothing of one request is kept for all of the path."""

    def by_name(request: Any) -> str:
        return request.headers["x-name"]  # type: ignore[no-any-return]

    def previews(request: Any) -> bool:
        return "x-preview" in request.headers

    def endpoint(request: Any) -> PlainTextResponse:
        return PlainTextResponse(request.headers.get("x-name", "preview"))

    site.app.add_route("/own", cached(key=by_name)(endpoint))
    site.app.add_route("/unless", cached(unless=previews)(endpoint))
    site.cache()

    names = [site.get("/own", x_name=name)[0] for name in "abab"]
    assert [one.text for one in names] == list("abab")
    assert marks(names) == ["miss", "miss", "hit", "hit"]
    [preview] = site.get("/unless", x_preview="1")
    [first] = site.get("/unless", x_name="a")
    assert (preview.text, first.text) == ("preview", "a")
    assert marks([preview, first]) == ["-", "miss"]


class Recognising:
    """What stands before the cache and knows who asks: by a header, not by a cookie."""

    def __init__(self, app: Any, what: str) -> None:
        self._app = app
        self._what = what

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        if b"x-name" in headers:
            known = SimpleUser("a") if self._what == "user" else {"name": "a"}
            scope = {**scope, self._what: known}
        await self._app(scope, receive, send)


@pytest.mark.parametrize("what", ["user", "session"])
def test_who_is_recognised_goes_past_the_cache(site: Site, what: str) -> None:
    """What is kept for everybody is not for him, and what is his is not kept."""
    site.add("/", lambda request: PlainTextResponse(request.headers.get("x-name", "nobody")))
    site.cache()
    site.app.add_middleware(Recognising, what=what)

    for _ in range(2):
        [somebody] = site.get("/", x_name="a")
        [nobody] = site.get("/")
        assert (somebody.text, nobody.text) == ("a", "nobody")
        assert marks([somebody]) == ["-"]


@pytest.mark.parametrize(
    ("path", "root", "whole"),
    [
        ("/a", "", "/a"),
        ("/one/a", "/one", "/one/a"),
        ("/a", "/one", "/one/a"),
        ("/onea", "/one", "/one/onea"),
        ("/one", "/one", "/one"),
        ("/a", "/", "/a"),
        ("/a", "/one/", "/one/a"),
    ],
)
def test_the_whole_path(path: str, root: str, whole: str) -> None:
    """Some servers take their own root off the path, some do not."""
    assert path_of({"path": path, "root_path": root}) == whole


def test_within_a_mount_pages_are_kept_apart(site: Site) -> None:
    """Even if a path within begins like the mount itself, which Starlette took off before 0.33."""
    inner = Site(site.url)
    for path in ("/a", "/one/a"):
        inner.add(path, lambda request: PlainTextResponse(request.url.path))
    inner.cache(prefix="p:")
    site.app.mount("/one", inner.app)

    asked = site.get("/one/a", "/one/one/a", "/one/a", "/one/one/a")
    assert marks(asked) == ["miss", "miss", "hit", "hit"]
    assert [answer.text for answer in asked] == ["/one/a", "/one/one/a"] * 2
    with Cache(site.url, prefix="p:") as cache:
        assert cache.has("responses:GET http://h/one/one/a")


@pytest.mark.parametrize("url", ["reports", "//h", "h/reports", "mailto:a"])
def test_what_is_no_url_is_not_forgotten(site: Site, url: str) -> None:
    """It would say that it is done."""

    async def elsewhere() -> None:
        async with AsyncCache(site.url) as cache:
            await forget(cache, url)

    with pytest.raises(ConfigurationError, match="give the whole URL"):
        asyncio.run(elsewhere())


def test_a_port_that_goes_without_saying_does_not_matter(site: Site) -> None:
    """For keys and for `forget`, whose request has it or not."""

    async def edit(request: Any) -> JSONResponse:
        return JSONResponse(await forget(request, "/page"))

    site.add("/page", page)
    site.add("/edit", edit)
    site.cache(paths=["/page"])

    assert marks([*site.get("/page"), *site.get("/page", host="h:80")]) == ["miss", "hit"]
    site.get("/edit", host="h:80")
    assert marks(site.get("/page")) == ["miss"]
