"""Pages that differ by what is injected, beside paths, headers, bodies, and each other."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed")

import httpx
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Query, Request, Response
from fastapi.security import SecurityScopes

from shelflife import Cache
from shelflife.http import APART
from shelflife.starlette import cached, forget
from shelflife.starlette.injected import Injected
from starlette_middleware.conftest import Site, marks
from starlette_middleware.injecting import (
    AsRow,
    Member,
    as_eve_and_bob,
    name_of,
    name_page,
    stored,
)


def test_to_forget_a_url_forgets_everybodys(fast: Site) -> None:
    """As with `Vary`, which goes along with it."""

    @fast.app.get("/")
    @cached(vary=["accept"])
    async def page(name: str = Depends(name_of)) -> Any:
        return name

    @fast.app.get("/edit")
    async def edit(request: Request) -> Any:
        return await forget(request, "/")

    as_eve_and_bob(fast)
    assert marks(as_eve_and_bob(fast)) == ["hit"] * 4
    assert marks(fast.get("/", x_name="eve", accept="a/b")) == ["miss"]
    assert fast.get("/edit")[0].json() is True
    again = as_eve_and_bob(fast)
    assert marks(again) == ["miss", "miss", "hit", "hit"]
    assert [response.json() for response in again] == ["eve", "bob"] * 2


def test_what_was_kept_for_all_is_not_served(fast: Site) -> None:
    """By a release that did not tell apart, or by a path."""
    fast.app.get("/")(cached()(name_page))

    with Cache(fast.url) as cache:
        cache.set("responses:GET http://h/", ["response", 1, 200, [], b'"eve"', 0, None])
        asked = as_eve_and_bob(fast)
        assert [response.json() for response in asked] == ["eve", "bob"] * 2
        assert marks(asked) == ["miss", "miss", "hit", "hit"]
        cache.delete("responses:GET http://h/")
        cache.set("responses:GET http://h/", ["variants", 1, ["accept"], "a"])
        assert marks(as_eve_and_bob(fast)) == ["miss", "miss", "hit", "hit"]


def test_below_a_cached_path_pages_are_kept_apart(site: Site) -> None:
    """Nothing of them is kept for all of the path."""
    site.app = FastAPI()
    site.cache()
    site.app.get("/")(cached()(name_page))

    @site.app.get("/row")
    @cached()
    async def rowed(row: AsRow) -> Any:
        return row.name

    for path in ("/", "/row"):
        asked = as_eve_and_bob(site, path)
        assert [response.json() for response in asked] == ["eve", "bob"] * 2
    assert marks(as_eve_and_bob(site, "/")) == ["hit"] * 4


def test_no_client_names_what_tells_apart(site: Site) -> None:
    """A header of the same name is another one."""
    site.app = FastAPI()
    site.cache()
    site.app.get("/")(cached()(name_page))

    as_eve_and_bob(site)
    known = Injected("", frozenset()).digest(None, {"name": "eve"})
    asked = [site.get("/", **{APART: str(known), "x_name": name})[0] for name in ("bob", "eve")]
    assert [response.json() for response in asked] == ["bob", "eve"]


def test_what_comes_from_the_url_costs_nothing_more(fast: Site) -> None:
    """One entry for each URL, without variants; under aliases, in models, with prefixes."""
    router = APIRouter(prefix="/{shop}")

    @router.get("/{item}")
    @cached()
    async def page(
        item: int,
        shop: str,
        request: Request,
        response: Response,
        tasks: BackgroundTasks,
        scopes: SecurityScopes,
        shown: Annotated[int, Query(alias="q")] = 0,
    ) -> Any:
        return [item, shop, shown]

    fast.app.include_router(router)
    asked = fast.get("/a/1?q=1", "/a/1?q=2", "/b/1?q=1", "/a/1?q=1")
    assert marks(asked) == ["miss", "miss", "miss", "hit"]
    assert len(stored(fast)) == 3


def test_a_body_is_part_of_the_key(fast: Site) -> None:
    """It is seldom in a GET, but it can be."""

    @fast.app.get("/")
    @cached()
    async def page(member: Member) -> Any:
        return member.name

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        names = ("eve", "bob") * 2
        return [await client.request("GET", "/", json={"name": name}) for name in names]

    asked = fast.run(ask)
    assert [response.json() for response in asked] == ["eve", "bob"] * 2
    assert marks(asked) == ["miss", "miss", "hit", "hit"]


def test_many_at_once_get_their_own(fast: Site) -> None:
    """Computed once for each of them; nobody waits for a stranger."""
    together: list[asyncio.Event] = []

    @fast.app.get("/")
    @cached()
    async def page(name: str = Depends(name_of)) -> Any:
        fast.computed.append(name)
        if len(fast.computed) == 10:
            together[0].set()
        await asyncio.wait_for(together[0].wait(), 5)
        return name

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        together.append(asyncio.Event())
        asks = (client.get("/", headers={"x-name": str(n % 10)}) for n in range(100))
        return await asyncio.gather(*asks)

    asked = fast.run(ask)
    assert [response.json() for response in asked] == [str(n % 10) for n in range(100)]
    assert sorted(fast.computed) == [str(n) for n in range(10)]
