"""Applications with the middleware, asked without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Callable

import pytest

pytest.importorskip("starlette", reason="Starlette is not installed")
pytest.importorskip("httpx", reason="httpx is not installed")

import httpx
from starlette.applications import Starlette

from shelflife.starlette import ResponseCacheMiddleware
from shelflife.testing import PrivateServer

Ask = Callable[[httpx.AsyncClient], Awaitable[Any]]


class Site:
    """An application of Starlette, and what its endpoints have computed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.app: Any = Starlette()
        self.computed: list[Any] = []
        self.options: dict[str, Any] = {}

    def cache(self, **options: Any) -> None:
        """Add the middleware; by default for every path."""
        self.options = {"url": self.url, "paths": ["/*"], "mark": True, **options}
        self.app.add_middleware(ResponseCacheMiddleware, **self.options)

    def add(self, path: str, endpoint: Any, **more: Any) -> None:
        """Add an endpoint, which notes its calls."""

        async def noting(request: Any) -> Any:
            self.computed.append(path)
            made = endpoint(request)
            return await made if asyncio.iscoroutine(made) else made

        self.app.add_route(path, noting, **more)

    def run(self, ask: Ask) -> Any:
        """Start the application, ask it, stop it."""

        async def all_of_it() -> Any:
            async with Lifespan(self.app):
                transport = httpx.ASGITransport(self.app)
                async with httpx.AsyncClient(transport=transport, base_url="http://h") as client:
                    return await ask(client)

        return asyncio.run(all_of_it())

    def get(self, *paths: str, method: str = "GET", **headers: str) -> list[httpx.Response]:
        """Ask for several paths, one after another."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
            return [await client.request(method, path, headers=named) for path in paths]

        responses: list[httpx.Response] = self.run(ask)
        return responses


class Lifespan:
    """What a server says at an application's start and end."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._to_app: asyncio.Queue[Any] = asyncio.Queue()
        self._from_app: asyncio.Queue[Any] = asyncio.Queue()

    async def __aenter__(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        put = self._from_app.put
        self._task = asyncio.create_task(self._app(scope, self._to_app.get, put))
        await self._to_app.put({"type": "lifespan.startup"})
        answer = asyncio.create_task(self._from_app.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            await self._task  # which raises why

    async def __aexit__(self, *_: object) -> None:
        await self._to_app.put({"type": "lifespan.shutdown"})
        answer = await self._from_app.get()
        assert answer["type"] == "lifespan.shutdown.complete"
        await self._task


@pytest.fixture
def site(server: PrivateServer) -> Site:
    return Site(server.url)


def marks(responses: list[httpx.Response]) -> list[str]:
    """Whether each was a hit, a miss, or neither."""
    return [response.headers.get("x-cache", "-") for response in responses]


@pytest.fixture
def fast(site: Site) -> Site:
    """A site of FastAPI's, with the middleware and no paths: decorated endpoints are cached."""
    site.app = pytest.importorskip("fastapi", reason="FastAPI is not installed").FastAPI()
    site.cache(paths=())
    return site
