"""Which responses are kept, and what is sent for them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

pytest.importorskip("starlette", reason="Starlette is not installed")

from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.staticfiles import StaticFiles

from shelflife import AsyncCache, Cache
from shelflife.starlette import ResponseCacheMiddleware, cached, forget
from starlette_middleware.conftest import Site, marks


def page(text: str = "page", status: int = 200, **headers: str) -> Any:
    """An endpoint."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: PlainTextResponse(text, status, named)


def test_the_second_request_is_answered_from_the_cache(site: Site) -> None:
    """With the same status, headers and body; and its age."""
    site.add("/", page("caf\u00e9", 203, x_a="1"))
    site.cache()

    first, second = site.get("/", "/")
    assert (first.status_code, first.text) == (second.status_code, second.text) == (203, "café")
    assert marks([first, second]) == ["miss", "hit"]
    assert second.headers["age"] == "0"
    assert "age" not in first.headers
    apart = {"age", "x-cache"}
    assert [pair for pair in second.headers.multi_items() if pair[0] not in apart] == [
        pair for pair in first.headers.multi_items() if pair[0] not in apart
    ]
    assert site.computed == ["/"]


def test_a_response_is_stored_as_plain_data(site: Site) -> None:
    """No object of a framework: any cache reads it."""
    site.add("/a", page("text"))
    site.cache(prefix="p:", ttl=60)
    site.get("/a?y=2&x=1")

    with Cache(site.url, prefix="p:") as cache:
        stored = cache.get("responses:GET http://h/a?x=1&y=2")
        left = cache.ttl("responses:GET http://h/a?x=1&y=2")
    assert stored[:3] == ["response", 1, 200]
    assert ["content-length", "4"] in stored[3]
    assert stored[4] == b"text"
    assert 59 < left <= 60


def test_the_order_of_the_query_does_not_matter(site: Site) -> None:
    """The host and the path do."""
    site.add("/a", page())
    site.add("/b", page())
    site.cache()

    asked = site.get("/a?x=1&y=2", "/a?y=2&x=1", "/a?x=1", "/b?x=1&y=2", "http://other/a?x=1&y=2")
    assert marks(asked) == ["miss", "hit", "miss", "miss", "miss"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_reach_the_application(site: Site, method: str) -> None:
    """Always."""
    site.add("/", page(), methods=["GET", method])
    site.cache()

    assert marks(site.get("/", "/", method=method)) == ["-", "-"]
    assert site.computed == ["/", "/"]


def test_head_is_answered_from_the_entry_of_get(site: Site) -> None:
    """A HEAD that finds nothing keeps nothing."""
    site.add("/", page("text"))
    site.cache()

    assert marks(site.get("/", method="HEAD")) == ["-"]
    site.get("/")
    [head] = site.get("/", method="HEAD")
    assert marks([head]) == ["hit"]
    assert (head.content, head.headers["content-length"]) == (b"", "4")
    assert site.computed == ["/", "/"]


def test_who_has_it_gets_304(site: Site) -> None:
    """From the cache and from the application, which need not know of tags."""
    site.add("/", page("text"))
    site.cache(ttl=0.2)
    [first] = site.get("/")
    tag = first.headers["etag"]

    [hit] = site.get("/", if_none_match=tag)
    [other] = site.get("/", if_none_match='"other"')
    time.sleep(0.25)
    [computed] = site.get("/", if_none_match=tag)
    [whole] = site.get("/")
    assert marks([hit, other, computed, whole]) == ["hit", "hit", "miss", "hit"]
    assert (hit.status_code, other.status_code, computed.status_code) == (304, 200, 304)
    assert hit.content == computed.content == b""
    assert hit.headers["etag"] == computed.headers["etag"] == tag
    assert "content-type" not in hit.headers
    assert whole.text == "text"


@pytest.mark.parametrize(
    ("headers", "options"),
    [
        ({"set_cookie": "a=b"}, {"set_cookie": True}),
        ({"cache_control": "no-store"}, None),
        ({"cache_control": "private"}, None),
        ({"cache_control": "max-age=0"}, None),
        ({"vary": "*"}, None),
        ({"status": 404}, {"statuses": [200, 404]}),
        ({"status": 500}, {"statuses": [500]}),
        ({"status": 302}, {"statuses": [302]}),
    ],
)
def test_some_responses_are_kept_only_where_it_is_asked_for(
    site: Site, headers: dict[str, Any], options: Any
) -> None:
    """And some never."""
    site.add("/", page(**headers))
    site.cache(**(options or {}))

    asked = site.get("/", "/")
    assert len(site.computed) == (1 if options else 2)
    assert asked[0].status_code == asked[1].status_code
    assert asked[0].headers.get("set-cookie") == asked[1].headers.get("set-cookie")


@pytest.mark.parametrize(
    ("headers", "options"),
    [
        ({"authorization": "Bearer x"}, {"authorization": True}),
        ({"cookie": "a=b; session=abc"}, {"sessions": True}),
        ({"cookie": "sid=abc"}, {"sessions": True, "session_cookies": ["sid"]}),
        ({"range": "bytes=0-1"}, None),
    ],
)
def test_somebodys_own_requests_go_past_the_cache(
    site: Site, headers: dict[str, Any], options: Any
) -> None:
    """Neither answered from it nor kept; unless asked for."""
    cookies = {"session_cookies": ["sid"]} if "sid" in str(headers) else {}
    site.add("/", page())
    site.cache(**cookies)
    assert marks([*site.get("/", **headers), *site.get("/"), *site.get("/", **headers)]) == [
        "-",
        "miss",
        "-",
    ]
    if options is not None:
        asking = Site(site.url)
        asking.add("/", page())
        asking.cache(prefix="asked:", **options)

        assert marks(asking.get("/", "/", **headers)) == ["miss", "hit"]


def test_the_response_may_shorten_its_life(site: Site) -> None:
    """`max-age` bounds the TTL, and is announced where asked for."""
    site.add("/short", page(cache_control="max-age=7"))
    site.add("/long", page(cache_control="max-age=700"))
    site.add("/plain", page())
    site.cache(prefix="p:", ttl=60, announce=True)
    asked = site.get("/short", "/long", "/plain")

    with Cache(site.url, prefix="p:") as cache:
        left = [cache.ttl(f"responses:GET http://h/{name}") for name in ("short", "long", "plain")]
    assert [round(seconds) for seconds in left] == [7, 60, 60]
    said = [response.headers["cache-control"] for response in asked]
    assert said == ["max-age=7", "max-age=700", "max-age=60"]


def test_variants_are_kept_apart(site: Site) -> None:
    """By the option and by the response's own `Vary`."""

    def endpoint(request: Any) -> PlainTextResponse:
        text = request.headers.get("accept-language", "-") + request.headers.get("x-unit", "-")
        return PlainTextResponse(text, headers={"vary": "Accept-Language"})

    site.add("/", endpoint)
    site.cache(vary=["X-Unit"])
    asked = [
        response
        for _ in range(2)
        for headers in ({}, {"accept_language": "de"}, {"x_unit": "m"})
        for response in site.get("/", **headers)
    ]

    assert [response.text for response in asked] == ["--", "de-", "-m"] * 2
    assert marks(asked) == ["miss"] * 3 + ["hit"] * 3
    assert {response.headers["vary"] for response in asked} == {"Accept-Language, x-unit"}


def test_compressed_variants_are_kept_apart(site: Site) -> None:
    """With Starlette's own compression inside."""
    site.add("/", page("text" * 1000))
    site.app.add_middleware(GZipMiddleware, minimum_size=10)
    site.cache()

    plain, packed = [], []
    for _ in range(2):
        packed += site.get("/", accept_encoding="gzip")  # which Starlette 0.27 tells variants by
        plain += site.get("/", accept_encoding="identity")
    assert marks(plain) == marks(packed) == ["miss", "hit"]
    assert {response.text for response in plain + packed} == {"text" * 1000}
    assert packed[1].headers["content-encoding"] == "gzip"


def test_a_stream_is_passed_on_piece_by_piece(site: Site) -> None:
    """And not kept."""
    went: list[str] = []

    async def pieces() -> Any:
        for number in range(3):
            went.append("made")
            yield b"%d" % number
            await asyncio.sleep(0)

    site.add("/", lambda _: StreamingResponse(pieces()))
    site.cache()
    sent = asyncio.run(raw_messages(site.app, "/", on_send=lambda _: went.append("sent")))

    bodies = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert b"".join(bodies) == b"012"
    assert went[:5] == ["made", "sent", "sent", "made", "sent"]
    assert marks(site.get("/", "/")) == ["miss", "miss"]


@pytest.mark.parametrize(("size", "expected"), [(10, "hit"), (1000, "miss")])
def test_a_stream_is_kept_where_asked_for(site: Site, size: int, expected: str) -> None:
    """Up to the size that was said."""

    async def pieces() -> Any:
        for _ in range(10):
            yield b"x" * (size // 10)

    site.add("/", lambda _: StreamingResponse(pieces()))
    site.cache(streams=100)

    asked = site.get("/", "/")
    assert marks(asked) == ["miss", expected]
    assert asked[0].content == asked[1].content == b"x" * size


def test_a_stream_that_breaks_is_not_kept(site: Site) -> None:
    """Half a response is none."""

    async def pieces() -> Any:
        yield b"half"
        if len(site.computed) == 1:
            raise LookupError("the other half")

    site.add("/", lambda _: StreamingResponse(pieces()))
    site.cache(streams=100)

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        with pytest.raises(Exception, match=r"other half|TaskGroup"):  # by release of Starlette
            await client.get("/")
        return [await client.get("/"), await client.get("/")]

    assert marks(site.run(ask)) == ["miss", "hit"]


def test_a_body_in_pieces_with_a_length_is_kept(site: Site, tmp_path: Any) -> None:
    """Of files, and behind Starlette's own middleware, which cuts every body off its end."""

    async def passing(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    (tmp_path / "a.txt").write_bytes(b"x" * 200_000)
    site.app.mount("/files", StaticFiles(directory=tmp_path))
    site.add("/", page("text"))
    site.app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    site.cache()

    asked = site.get("/files/a.txt", "/files/a.txt", "/", "/")
    assert marks(asked) == ["miss", "hit", "miss", "hit"]
    assert asked[0].content == asked[1].content == b"x" * 200_000
    assert asked[3].text == "text"
    [unchanged] = site.get("/files/a.txt", if_none_match=asked[0].headers["etag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_a_background_task_runs_once(site: Site) -> None:
    """For the request that computed; the others do not wait for it."""
    ran: list[str] = []

    async def task() -> None:
        await asyncio.sleep(0.3)
        ran.append("task")

    async def endpoint(_: Any) -> PlainTextResponse:
        await asyncio.sleep(0.02)
        return PlainTextResponse("text", background=BackgroundTask(task))

    async def ask(client: httpx.AsyncClient) -> list[float]:
        async def timed() -> float:
            began = time.monotonic()
            assert (await client.get("/")).text == "text"
            return time.monotonic() - began

        first = asyncio.create_task(timed())
        await asyncio.sleep(0.01)
        return [await timed(), await timed(), await first]

    site.add("/", endpoint)
    site.cache()
    waited, hit, computed = site.run(ask)
    assert ran == ["task"]
    assert site.computed == ["/"]
    assert waited < 0.25
    assert hit < 0.25
    assert computed >= 0.3


def test_paths_and_unless_say_what_is_cached(site: Site) -> None:
    """Everything else is left alone."""
    for path in ("/a/1", "/b", "/a/2"):
        site.add(path, page())
    site.cache(paths=["/a/*"], unless=lambda request: "fresh" in request.query_params)

    asked = site.get("/a/1", "/a/1", "/b", "/b", "/a/2?fresh", "/a/2?fresh")
    assert marks(asked) == ["miss", "hit", "-", "-", "-", "-"]


def test_a_key_of_ones_own(site: Site) -> None:
    """In place of the URL."""
    site.add("/{any}", page())
    site.cache(key=lambda request: request.query_params["id"])

    assert marks(site.get("/a?id=1", "/b?id=1", "/b?id=2")) == ["miss", "hit", "miss"]


def test_requests_are_obeyed_where_it_is_asked_for(site: Site) -> None:
    """`no-cache` makes it new for everybody."""
    site.add("/", lambda _: PlainTextResponse(str(len(site.computed))))
    site.cache(obey_requests=True)
    site.get("/")

    [new], [kept] = site.get("/", cache_control="no-cache"), site.get("/")
    [past] = site.get("/", cache_control="no-store")
    assert (new.text, kept.text, past.text) == ("2", "2", "3")
    assert marks([new, kept, past]) == ["miss", "hit", "-"]


def test_a_response_is_forgotten(site: Site) -> None:
    """By its URL, from an endpoint or from anywhere, with every variant; and by its key."""

    async def edit(request: Any) -> JSONResponse:
        return JSONResponse(await forget(request, "/page?b=2&a=1"))

    site.add("/page", page(vary="accept"))
    site.add("/edit", edit, methods=["POST"])
    site.cache(prefix="p:")
    for accept in ("a", "b"):
        site.get("/page?a=1&b=2", accept=accept)

    [done] = site.get("/edit", method="POST")
    after = [*site.get("/page?a=1&b=2", accept="b"), *site.get("/page?b=2&a=1", accept="a")]
    assert done.json() is True
    assert marks(after) == ["miss", "miss"]

    async def from_elsewhere() -> bool:
        async with AsyncCache(site.url, prefix="p:") as cache:
            assert await forget(cache, key="x")
            return await forget(cache, "http://h/page?a=1&b=2")

    assert asyncio.run(from_elsewhere())
    assert marks(site.get("/page?a=1&b=2", accept="b")) == ["miss"]


def test_what_is_forgotten_while_it_is_computed_is_neither_kept_nor_shared(site: Site) -> None:
    """Who asked before gets it; who comes after waits for a newer one, which is kept."""
    events: dict[str, asyncio.Event] = {}

    async def endpoint(_: Any) -> PlainTextResponse:
        number = len(site.computed)
        events["began"].set()
        await asyncio.wait_for(events["may end"].wait(), 30)
        return PlainTextResponse(str(number))

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        events.update({name: asyncio.Event() for name in ("began", "may end")})  # 3.9: in its loop
        before = asyncio.create_task(client.get("/"))
        await events["began"].wait()
        async with AsyncCache(site.url, prefix="p:") as cache:
            assert await forget(cache, "http://h/")
        after = [asyncio.create_task(client.get("/")) for _ in range(2)]
        await asyncio.sleep(0.05)
        events["may end"].set()
        return [await before, *[await asking for asking in after], await client.get("/")]

    site.add("/", endpoint)
    site.cache(prefix="p:")
    answers = site.run(ask)
    assert [answer.text for answer in answers] == ["1", "2", "2", "2"]
    assert site.computed == ["/", "/"]


def test_a_decorated_endpoint_is_cached(site: Site) -> None:
    """Without a path of the middleware's; its options are laid over the middleware's."""
    calls: list[str] = []

    @cached(ttl=7, statuses=[200, 404])
    async def endpoint(request: Any) -> PlainTextResponse:
        calls.append(request.url.path)
        return PlainTextResponse("gone", 404)

    @cached(key=lambda request: request.path_params["id"], unless=lambda r: "x" in r.query_params)
    def plain(request: Any) -> PlainTextResponse:
        calls.append(request.url.path)
        return PlainTextResponse("text")

    site.app.add_route("/a", endpoint)
    site.app.add_route("/b/{id}", plain)
    site.cache(paths=(), prefix="p:")

    asked = site.get("/a", "/a", "/b/1?y", "/b/1?z", "/b/1?x")
    assert marks(asked) == ["miss", "hit", "miss", "hit", "-"]
    assert calls == ["/a", "/b/1", "/b/1"]
    [unchanged] = site.get("/b/1", if_none_match=asked[2].headers["etag"])
    assert unchanged.status_code == 304
    with Cache(site.url, prefix="p:") as cache:
        assert 6 < cache.ttl("responses:GET http://h/a") <= 7


def test_a_decorator_below_a_cached_path_says_how(site: Site) -> None:
    """The middleware's key stays, unless it has one; the policy is the decorator's."""

    @cached(ttl=7)
    async def endpoint(_: Any) -> PlainTextResponse:
        return PlainTextResponse("text")

    site.app.add_route("/a", endpoint)
    site.cache(prefix="p:")

    assert marks(site.get("/a", "/a")) == ["miss", "hit"]
    with Cache(site.url, prefix="p:") as cache:
        assert 6 < cache.ttl("responses:GET http://h/a") <= 7


def test_a_decorator_without_the_middleware_says_what_to_do(site: Site) -> None:
    """As Starlette does for its own sessions."""

    @cached()
    async def endpoint(_: Any) -> PlainTextResponse:
        return PlainTextResponse("text")

    site.app.add_route("/", endpoint)

    with pytest.raises(RuntimeError, match=r"app\.add_middleware"):
        site.get("/")


def test_below_a_mount_the_whole_path_counts(site: Site) -> None:
    """For paths, keys and `forget`."""

    @cached()
    async def endpoint(_: Any) -> PlainTextResponse:
        return PlainTextResponse("text")

    inner = Site(site.url)
    inner.app.add_route("/a", endpoint)
    inner.app.add_route("/one/a", endpoint)
    site.app.mount("/one", inner.app)
    site.app.mount("/two", inner.app)
    site.cache(paths=(), prefix="p:")

    paths = ("/one/a", "/two/a", "/one/one/a", "/one/a")
    assert marks(site.get(*paths)) == ["miss", "miss", "miss", "hit"]
    with Cache(site.url, prefix="p:") as cache:
        assert cache.has("responses:GET http://h/one/a")


async def raw_messages(
    app: Any, path: str, *, on_send: Any = lambda _: None, receive: Any = None
) -> list[dict[str, Any]]:
    """Ask without a client: what the application sends."""
    sent: list[dict[str, Any]] = []

    async def nothing_more() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        on_send(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"h")],
        "root_path": "",
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
        "server": ("h", 80),
    }
    await app(scope, receive or nothing_more, send)
    return sent


def test_other_protocols_are_left_alone(site: Site) -> None:
    """A websocket is none of its business."""
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])
        assert "shelflife.starlette" not in scope

    middleware = ResponseCacheMiddleware(app, url=site.url, paths=["/*"])
    asyncio.run(middleware({"type": "websocket", "path": "/"}, None, None))  # type: ignore[arg-type]
    assert seen == ["websocket"]
