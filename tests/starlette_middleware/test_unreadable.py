"""Unreadable entries of each kind, and servers that fail: never a 500, counted, healed."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import redis

pytest.importorskip("starlette", reason="Starlette is not installed")

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse

from shelflife import AsyncCache, Cache
from shelflife.starlette import ResponseCacheMiddleware
from shelflife.testing import PrivateServer
from starlette_middleware.conftest import Lifespan, Site, marks

KEY = "p:responses:GET http://h/"
GOOD = pickle.dumps({"rows": list(range(50))}, 4)
KINDS: dict[str, tuple[bytes, str]] = {
    "Python 2 text": (b"U\x04caf\xe9q\x00.", "foreign"),
    "protocol too new": (b"\x80\x09K\x01.", "foreign"),
    "missing name": (b"capp.models\nArticle\nq\x00.", "foreign"),
    "truncated pickle": (GOOD[:-9], "foreign"),
    "foreign bytes": (b"\x00\x01 what is this", "foreign"),
    "empty": (b"", "foreign"),
    "a counter": (b"12", "schema"),
    "a torn envelope": (b"\xc1\xc1", "corrupt"),
}


class Kept:
    """A site whose cache the tests look into."""

    def __init__(self, site: Site, **options: Any) -> None:
        self.site = site
        self.cache = AsyncCache(site.url, prefix="p:", **options)
        site.add("/", lambda _: PlainTextResponse("page"))
        site.app.add_middleware(ResponseCacheMiddleware, cache=self.cache, paths=["/*"], mark=True)

    @property
    def misses(self) -> dict[str, int]:
        return dict(self.cache.counters().misses)

    def get(self, *paths: str) -> list[httpx.Response]:
        async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
            try:
                return [await client.get(path) for path in paths]
            finally:
                await self.cache.close()

        found: list[httpx.Response] = self.site.run(ask)
        return found


@pytest.mark.parametrize(("entry", "reason"), KINDS.values(), ids=KINDS)
def test_is_a_miss_counted_and_healed(
    site: Site, server: PrivateServer, entry: bytes, reason: str
) -> None:
    """The next request is answered from the cache."""
    kept = Kept(site)
    with redis.Redis.from_url(server.url) as raw:
        raw.set(KEY, entry)

    asked = kept.get("/", "/")
    assert [(r.status_code, r.text) for r in asked] == [(200, "page")] * 2
    assert marks(asked) == ["miss", "hit"]
    assert kept.misses == {reason: 1}


@pytest.mark.parametrize("name", ["rejected-name", "protocol", "corrupt"])
def test_so_is_a_pickle_that_a_dialect_reads(site: Site, server: PrivateServer, name: str) -> None:
    """Where the cache is told to read what another library has left."""
    kept = Kept(site, reads="werkzeug")
    entries = {
        "rejected-name": b"!cos\nsystem\n(S'true'\ntR.",
        "protocol": b"!\x80\x09K\x01.",
        "corrupt": b"!" + GOOD[:-9],
    }
    with redis.Redis.from_url(server.url) as raw:
        raw.set(KEY, entries[name])

    assert marks(kept.get("/", "/")) == ["miss", "hit"]
    assert kept.misses == {name: 1}


@pytest.mark.parametrize("damage", ["flipped bit", "truncated", "wrong type", "too large"])
def test_damage_is_a_miss_counted_and_healed(
    site: Site, server: PrivateServer, damage: str
) -> None:
    """To entries that were fine."""
    kept = Kept(site, max_bytes=1000)
    kept.get("/")
    with redis.Redis.from_url(server.url) as raw:
        entry = bytearray(raw.get(KEY) or b"")
        if damage == "flipped bit":
            entry[-3] ^= 0x40
            raw.set(KEY, bytes(entry))
        elif damage == "truncated":
            raw.set(KEY, bytes(entry[:-2]))
        elif damage == "wrong type":
            raw.delete(KEY)
            raw.lpush(KEY, "1")
        else:
            raw.set(KEY, bytes(entry) + b" " * 1000)
    reason = {"wrong type": "wrong-type", "too large": "too-large"}.get(damage, "corrupt")

    assert marks(kept.get("/", "/")) == ["miss", "hit"]
    assert kept.misses == {"absent": 1, reason: 1}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"an": "article"}, "schema"),
        (["response", 2, "of the future"], "newer-format"),
        (["response", 1, 200, [["a", "b\r\nc: d"]], b"", 1, None], "schema"),
    ],
)
def test_what_is_no_response_is_a_miss(site: Site, value: Any, reason: str) -> None:
    """In an envelope that is fine."""
    kept = Kept(site)
    with Cache(site.url, prefix="p:") as cache:
        cache.set("responses:GET http://h/", value)

    assert marks(kept.get("/", "/")) == ["miss", "hit"]
    assert kept.misses == {reason: 1}


def test_a_server_that_is_gone_is_a_miss(server_program: str) -> None:
    """Every request reaches the application, and soon."""
    with PrivateServer(program=server_program) as server:
        site = Site(server.url)
        kept = Kept(site, connect_timeout=0.2)
        assert marks(kept.get("/", "/")) == ["miss", "hit"]
    began = time.monotonic()

    asked = kept.get("/", "/", "/")
    assert [response.status_code for response in asked] == [200] * 3
    assert marks(asked) == ["miss"] * 3
    assert time.monotonic() - began < 3
    assert kept.misses["unavailable"] == 3


def test_a_response_that_is_too_large_is_not_kept(site: Site) -> None:
    """And comes whole all the same."""
    kept = Kept(site, max_bytes=1000)
    site.add("/large", lambda _: PlainTextResponse("x" * 5000))

    asked = kept.get("/large", "/large")
    assert [len(response.content) for response in asked] == [5000, 5000]
    assert marks(asked) == ["miss", "miss"]


@pytest.mark.parametrize("poison", [b"\xc1\xc1 poison", None])
def test_two_hundred_at_once_compute_once(site: Site, server: PrivateServer, poison: Any) -> None:
    """On an unreadable entry and on none; none of them fails."""

    async def slow(_: Any) -> PlainTextResponse:
        await asyncio.sleep(0.05)
        return PlainTextResponse("slow")

    kept = Kept(site, max_connections=200, connect_timeout=30, read_timeout=30)
    site.add("/slow", slow)
    if poison:
        with redis.Redis.from_url(server.url) as raw:
            raw.set(KEY + "slow", poison)
    asked = at_once(kept, 200)

    assert [(r.status_code, r.text) for r in asked] == [(200, "slow")] * 200
    assert site.computed == ["/slow"]


def at_once(kept: Kept, number: int) -> list[Any]:
    """Responses, or errors, of requests at the same time."""

    async def ask(client: httpx.AsyncClient) -> list[Any]:
        try:
            asked = [client.get("/slow") for _ in range(number)]
            return await asyncio.gather(*asked, return_exceptions=True)
        finally:
            await kept.cache.close()

    found: list[Any] = kept.site.run(ask)
    return found


def test_an_error_is_its_requests_alone(site: Site) -> None:
    """Those who waited compute for themselves, at the same time."""

    async def failing_once(_: Any) -> PlainTextResponse:
        number = len(site.computed)
        await asyncio.sleep(0.1)
        if number == 1:
            raise LookupError("first")
        return PlainTextResponse("fine")

    kept = Kept(site)
    site.add("/slow", failing_once)
    began = time.monotonic()
    asked = at_once(kept, 20)

    assert [type(one) for one in asked].count(LookupError) == 1
    assert [one.text for one in asked if isinstance(one, httpx.Response)] == ["fine"] * 19
    assert time.monotonic() - began < 1.5


def test_what_is_somebodys_own_is_nobody_elses(site: Site) -> None:
    """A response with a cookie goes to the one who caused it."""

    async def endpoint(_: Any) -> PlainTextResponse:
        number = len(site.computed)
        await asyncio.sleep(0.05)
        return PlainTextResponse(str(number), headers={"set-cookie": f"you={number}"})

    kept = Kept(site)
    site.add("/slow", endpoint)
    asked = at_once(kept, 20)

    assert sorted(int(one.text) for one in asked) == list(range(1, 21))
    assert all(one.headers["set-cookie"] == f"you={one.text}" for one in asked)


def test_if_whoever_computes_is_cancelled_another_takes_over(site: Site) -> None:
    """A client that hangs up takes nobody with it."""

    async def slow(_: Any) -> PlainTextResponse:
        await asyncio.sleep(0.1)
        return PlainTextResponse("slow")

    async def ask(client: httpx.AsyncClient) -> list[str]:
        first = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(0.03)
        others = [asyncio.create_task(client.get("/slow")) for _ in range(5)]
        await asyncio.sleep(0.03)
        first.cancel()
        found = [(await other).text for other in others]
        await kept.cache.close()
        return found

    kept = Kept(site)
    site.add("/slow", slow)

    assert site.run(ask) == ["slow"] * 5
    assert site.computed == ["/slow", "/slow"]


def test_nobody_waits_for_a_slow_client(site: Site) -> None:
    """It takes a body in pieces as slowly as it likes; the others compute after a second."""
    sizes = {"content-length": "2"}

    async def endpoint(_: Any) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"a"
            yield b"b"

        return StreamingResponse(pieces(), headers=sizes)

    async def ask(client: httpx.AsyncClient) -> tuple[float, str]:
        release, sent = asyncio.Event(), asyncio.Event()

        async def slow_send(message: Any) -> None:
            if message["type"] == "http.response.body":
                sent.set()
                await release.wait()

        scope = {"type": "http", "asgi": {"version": "3.0"}, "method": "GET", "scheme": "http"}
        more = {"path": "/slow", "query_string": b"", "headers": [(b"host", b"h")]}
        first = asyncio.create_task(site.app({**scope, **more}, asyncio.Event().wait, slow_send))
        await sent.wait()
        began = time.monotonic()
        other = await asyncio.wait_for(client.get("/slow"), 5)
        waited = time.monotonic() - began
        release.set()
        await first
        await kept.cache.close()
        return waited, other.text

    kept = Kept(site)
    site.add("/slow", endpoint)
    waited, text = site.run(ask)

    assert text == "ab"
    assert 0.5 < waited < 5
    assert site.computed == ["/slow", "/slow"]


def test_variants_at_once_are_kept_apart(site: Site) -> None:
    """Before anybody knows that they differ."""

    async def slow(request: Any) -> PlainTextResponse:
        await asyncio.sleep(0.05)
        return PlainTextResponse(request.headers["x-v"], headers={"vary": "x-v"})

    async def ask(client: httpx.AsyncClient) -> list[bool]:
        wanted = [str(number % 3) for number in range(60)]
        asked = [client.get("/slow", headers={"x-v": one}) for one in wanted]
        found = await asyncio.gather(*asked)
        await kept.cache.close()
        return [response.text == one for response, one in zip(found, wanted)]

    kept = Kept(site)
    site.add("/slow", slow)

    assert all(site.run(ask))
    assert len(site.computed) <= 6


def test_a_cache_that_was_made_here_is_closed_at_the_end(site: Site) -> None:
    """With the lifespan; one that was given stays open."""
    own, given = Starlette(), Starlette()
    cache = AsyncCache(site.url)
    closed: list[str] = []
    middlewares = [
        ResponseCacheMiddleware(own, url=site.url),
        ResponseCacheMiddleware(given, cache=cache),
    ]
    for name, middleware in zip(("own", "given"), middlewares):
        close = middleware.cache.close

        async def noting(name: str = name, close: Any = close) -> None:
            closed.append(name)
            await close()

        middleware.cache.close = noting  # type: ignore[method-assign]

    async def live() -> None:
        for middleware in middlewares:
            async with Lifespan(middleware):
                assert closed in ([], ["own"])
        await cache.close()

    asyncio.run(live())
    assert closed == ["own", "given"]
