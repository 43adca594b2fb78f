"""Applications of Flask and FastAPI with one page, cached as each library's documentation says.

They are called in process, as a server would call them.
"""

from __future__ import annotations

import asyncio
import io
from typing import Any, Callable, NamedTuple
from urllib.parse import urlsplit

import redis
from werkzeug.test import EnvironBuilder

LOOP = asyncio.new_event_loop()
HEADERS = {
    "host": "site.example",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "accept-language": "de,en;q=0.5",
    "connection": "keep-alive",
}


class Page:
    """What the views give, and how often one was computed."""

    def __init__(self) -> None:
        self.value: Any = None
        self.computed = 0

    def compute(self) -> Any:
        """Do what a view does."""
        self.computed += 1
        return self.value


class Contender(NamedTuple):
    """An application: gives the body of a path; a coroutine if there is a loop to run it in."""

    page: Page
    get: Callable[[str], Any]
    loop: Any = None


Maker = Callable[[str], Contender]


def wsgi(page: Page, app: Any) -> Contender:
    """Call an application of Flask."""
    fixed = EnvironBuilder(path="/", base_url="http://site.example", headers=HEADERS).get_environ()

    def start(status: str, _: Any, __: Any = None) -> None:
        if not status.startswith("200"):
            raise RuntimeError(status)

    def get(path: str) -> bytes:
        environ = {**fixed, "PATH_INFO": path, "wsgi.input": io.BytesIO()}
        answer = app.wsgi_app(environ, start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return body

    return Contender(page, get)


def asgi(page: Page, app: Any) -> Contender:
    """Call an application of FastAPI."""
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def get(path: str) -> bytes:
        body: list[bytes] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                body.append(message.get("body", b""))
            elif message["status"] != 200:
                raise RuntimeError(str(message["status"]))

        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1"}
        scope |= {"method": "GET", "scheme": "http", "path": path, "raw_path": path.encode()}
        scope |= {"query_string": b"", "root_path": "", "headers": [*headers]}
        scope |= {"client": ("127.0.0.1", 40000), "server": ("127.0.0.1", 80), "state": {}}
        await app(scope, receive, send)
        return b"".join(body)

    return Contender(page, get, LOOP)


def flask_page(decorate: Callable[[Any, Any], Any]) -> Contender:
    """Make an application of Flask whose view is decorated by what is given it and the view."""
    from flask import Flask, jsonify

    page, app = Page(), Flask("bench")

    def view(name: str) -> Any:  # noqa: ARG001 - it is part of the path
        return jsonify(page.compute())

    app.add_url_rule("/page/<name>", view_func=decorate(app, view))
    return wsgi(page, app)


def flask_uncached(_: str) -> Contender:
    """Flask alone."""
    return flask_page(lambda _, view: view)


def flask_caching(url: str, kind: str = "RedisCache", **options: Any) -> Contender:
    """Flask-Caching's `cached` with its RedisCache, or a backend of ours."""
    from flask_caching import Cache

    settings = {
        "CACHE_TYPE": kind,
        "CACHE_REDIS_URL": url,
        "CACHE_KEY_PREFIX": f"{kind}{options}:",
        "CACHE_OPTIONS": options,
    }
    return flask_page(lambda app, view: Cache(app, config=settings).cached(timeout=300)(view))


def backend_at_the_floor(url: str) -> Contender:
    """Our backend under Flask-Caching as it comes: it writes what RedisCache reads."""
    return flask_caching(url, "shelflife.flask_caching.ShelflifeCache")


def backend_flipped(url: str) -> Contender:
    """Our backend under Flask-Caching once nothing else reads."""
    return flask_caching(url, "shelflife.flask_caching.ShelflifeCache", writes="shelflife")


def flask_responses(url: str) -> Contender:
    """`shelflife.flask`."""
    from shelflife.flask import Shelflife

    def decorate(app: Any, view: Any) -> Any:
        app.config.update(SHELFLIFE_URL=url, SHELFLIFE_PREFIX="responses:")
        return Shelflife(app).cached(ttl=300)(view)

    return flask_page(decorate)


def fastapi_page(decorate: Callable[[Any, Any], Any], *, responses: bool = False) -> Contender:
    """Make an application of FastAPI; its view gives plain data, or a response that it made."""
    from fastapi import FastAPI
    from starlette.responses import JSONResponse

    page, app = Page(), FastAPI()

    async def of_data(name: str):  # noqa: ARG001, ANN202 - no annotation: nothing to validate
        return page.compute()

    async def of_responses(name: str):  # noqa: ARG001, ANN202 - as above
        return JSONResponse(page.compute())

    view = decorate(app, of_responses if responses else of_data)
    app.get("/page/{name}")(view)
    return asgi(page, app)


def fastapi_uncached(_: str) -> Contender:
    """FastAPI alone."""
    return fastapi_page(lambda _, view: view)


def fastapi_cache(url: str) -> Contender:
    """fastapi-cache2's `cache`, which keeps data as JSON."""
    return fastapi_page(lambda _, view: _fastapi_cache(url, expire=300)(view))


def fastapi_cache_of_responses(url: str) -> Contender:
    """The same with its PickleCoder, of responses: they are sent as they are."""
    from fastapi_cache.coder import PickleCoder

    decorator = _fastapi_cache(url, expire=300, coder=PickleCoder, namespace="pickled")
    return fastapi_page(lambda _, view: decorator(view), responses=True)


def _fastapi_cache(url: str, **options: Any) -> Any:
    from fastapi_cache import FastAPICache
    from fastapi_cache.backends.redis import RedisBackend
    from fastapi_cache.decorator import cache

    FastAPICache.init(RedisBackend(redis.asyncio.from_url(url)), prefix="fastapi-cache")
    return cache(**options)


def aiocache(url: str) -> Contender:
    """aiocache's `cached`, which keeps data as JSON."""
    return fastapi_page(lambda _, view: _aiocache(url, "json")(view))


def aiocache_of_responses(url: str) -> Contender:
    """The same with its PickleSerializer, of responses: they are sent as they are."""
    from aiocache.serializers import PickleSerializer

    decorator = _aiocache(url, "pickled", serializer=PickleSerializer())
    return fastapi_page(lambda _, view: decorator(view), responses=True)


def _aiocache(url: str, namespace: str, **options: Any) -> Any:
    from aiocache import Cache, cached

    place = {"endpoint": "127.0.0.1", "port": urlsplit(url).port}
    return cached(ttl=300, cache=Cache.REDIS, namespace=namespace, **place, **options)


def middleware(url: str) -> Contender:
    """`shelflife.starlette`, told by path."""
    return _starlette(url, lambda view: view, prefix="middleware:", paths=["/page/*"])


def decorator(url: str) -> Contender:
    """`shelflife.starlette`, its decorator."""
    from shelflife.starlette import cached

    return _starlette(url, cached(ttl=300), prefix="decorator:")


def _starlette(url: str, decorate: Callable[[Any], Any], **options: Any) -> Contender:
    from shelflife.starlette import ResponseCacheMiddleware

    def prepared(app: Any, view: Any) -> Any:
        app.add_middleware(ResponseCacheMiddleware, url=url, ttl=300, **options)
        return decorate(view)

    return fastapi_page(prepared)


FLASK: dict[str, Maker] = {
    "Flask-Caching": flask_caching,
    "no cache": flask_uncached,
    "ShelflifeCache backend": backend_at_the_floor,
    "the same, flipped": backend_flipped,
    "shelflife.flask": flask_responses,
}
FASTAPI: dict[str, Maker] = {
    "fastapi-cache2": fastapi_cache,
    "no cache": fastapi_uncached,
    "fastapi-cache2, pickled responses": fastapi_cache_of_responses,
    "aiocache": aiocache,
    "aiocache, pickled responses": aiocache_of_responses,
    "shelflife middleware": middleware,
    "shelflife decorator": decorator,
}
