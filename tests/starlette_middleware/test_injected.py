"""What FastAPI injects tells responses apart: nobody is served another's page."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Annotated, Any, Optional

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed")

import httpx
import redis
from fastapi import (
    APIRouter,
    BackgroundTasks,
    Cookie,
    Depends,
    FastAPI,
    Header,
    Query,
    Request,
    Response,
    Security,
)
from fastapi.security import APIKeyHeader, SecurityScopes
from pydantic import BaseModel

from shelflife import Cache, ConfigurationError
from shelflife.http import APART
from shelflife.starlette import cached, forget
from shelflife.starlette.injected import Injected
from starlette_middleware.conftest import Site, marks


@dataclass
class User:
    """Who asks."""

    name: str


class Member(BaseModel):
    """The same."""

    name: str


class Row:
    """The same, of a library that is not known here."""

    def __init__(self, name: str) -> None:
        self.name = name


def name_of(x_name: str = Header("nobody")) -> str:
    """A dependency that gives plain text."""
    return x_name


def user_of(x_name: str = Header("nobody")) -> User:
    """One that gives a dataclass."""
    return User(x_name)


def member_of(x_name: str = Header("nobody")) -> Member:
    """One that gives a model."""
    return Member(name=x_name)


def row_of(x_name: str = Header("nobody")) -> Row:
    """One that gives an object."""
    return Row(x_name)


AsUser = Annotated[User, Depends(user_of)]
AsMember = Annotated[Member, Depends(member_of)]
AsRow = Annotated[Row, Depends(row_of)]


@pytest.fixture
def fast(site: Site) -> Site:
    """A site of FastAPI's, with the middleware and no paths: decorated endpoints are cached."""
    site.app = FastAPI()
    site.cache(paths=())
    return site


def as_eve_and_bob(site: Site, path: str = "/") -> list[httpx.Response]:
    """Ask as one and as the other, twice each."""
    return [site.get(path, x_name=name)[0] for name in ("eve", "bob") * 2]


def stored(site: Site) -> dict[bytes, bytes]:
    """What lies on the server."""
    with redis.Redis.from_url(site.url) as client:
        return {key: client.get(key) for key in client.scan_iter()}


def test_headers_cookies_and_dependencies_are_part_of_the_key(fast: Site) -> None:
    """Text, dataclasses, models, and what a security scheme gives: each gets his own page."""

    @fast.app.get("/header")
    @cached()
    async def header(x_name: str = Header()) -> Any:
        return x_name

    @fast.app.get("/text")
    @cached()
    def text(name: str = Depends(name_of)) -> Any:
        return name

    @fast.app.get("/dataclass")
    @cached()
    async def dataclassed(user: AsUser) -> Any:
        return user.name

    @fast.app.get("/model")
    @cached()
    async def modelled(*, member: AsMember, request: Request) -> Any:
        return member.name

    @fast.app.get("/security")
    @cached()
    async def secured(key: str = Security(APIKeyHeader(name="x-name"), scopes=["a"])) -> Any:
        return key

    for path in ("/header", "/text", "/dataclass", "/model", "/security"):
        asked = as_eve_and_bob(fast, path)
        assert [response.json() for response in asked] == ["eve", "bob"] * 2, path
        assert marks(asked) == ["miss", "miss", "hit", "hit"], path


def test_a_cookie_is_part_of_the_key(fast: Site) -> None:
    """With a value, and without one."""

    @fast.app.get("/")
    @cached()
    async def page(name: Optional[str] = Cookie(None), number: int = 0) -> Any:
        return [name, number]

    cookies = [{"cookie": "name=eve"}, {"cookie": "name=bob"}, {}] * 2
    asked = [fast.get("/?number=1", **cookie)[0] for cookie in cookies]
    assert [response.json()[0] for response in asked] == ["eve", "bob", None] * 2
    assert marks(asked) == ["miss"] * 3 + ["hit"] * 3


def test_nothing_that_is_injected_is_seen_in_keys(fast: Site) -> None:
    """It may be secret; nor is anything of it sent."""

    @fast.app.get("/")
    @cached(vary=["accept"])
    async def page(token: str = Cookie()) -> Any:
        return "page"

    asked = fast.get("/", "/", cookie="token=s3cret-of-eve")
    assert marks(asked) == ["miss", "hit"]
    assert [response.headers["vary"] for response in asked] == ["accept"] * 2
    assert len(stored(fast)) == 2
    assert b"s3cret" not in b"".join(part for pair in stored(fast).items() for part in pair)


def test_what_is_no_plain_data_goes_past_the_cache(
    fast: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """And that is said once for an endpoint, with what to do about it, and no value of it."""

    @fast.app.get("/")
    @cached()
    async def page(row: AsRow) -> Any:
        return row.name

    @fast.app.get("/two")
    @cached()
    async def two(row: AsRow, other: AsRow) -> Any:
        return row.name

    with caplog.at_level(logging.WARNING, "shelflife"):
        asked = as_eve_and_bob(fast)
        as_eve_and_bob(fast, "/two")
    assert [response.json() for response in asked] == ["eve", "bob"] * 2
    assert marks(asked) == ["-"] * 4
    first, second = [record.getMessage() for record in caplog.records]
    assert f"{__name__}.test_what_is_no_plain_data" in first
    assert "row (Row)" in first
    assert 'ignore=("row",)' in first
    assert 'ignore=("other", "row")' in second
    assert "eve" not in first


def test_what_is_ignored_does_not_count(fast: Site) -> None:
    """A session of a database; what counts beside it still does."""

    @fast.app.get("/")
    @cached(ignore=("db", "agent"))
    async def page(
        db: AsRow, agent: Annotated[str, Header(alias="x-name")], name: str = Depends(name_of)
    ) -> Any:
        return name

    @fast.app.get("/all")
    @cached(ignore="db")
    async def for_all(db: AsRow) -> Any:
        return "all"

    assert marks(as_eve_and_bob(fast)) == ["miss", "miss", "hit", "hit"]
    assert marks(as_eve_and_bob(fast, "/all")) == ["miss", "hit", "hit", "hit"]


def test_what_is_ignored_is_a_parameter() -> None:
    """Or the decorator says what is not."""

    async def page(number: int) -> Any:
        return number

    with pytest.raises(
        ConfigurationError, match=r"not bd, which .*page does not take; it has numb"
    ):
        cached(ignore=["bd"])(page)
    for wrong in (5, None, [5]):
        with pytest.raises(ConfigurationError, match="ignore takes names"):
            cached(ignore=wrong)(page)  # type: ignore[arg-type]


def test_a_key_says_it_all(fast: Site) -> None:
    """Who gives one has decided."""

    @fast.app.get("/")
    @cached(key=lambda request: request.url.path)
    async def page(row: AsRow, name: str = Depends(name_of)) -> Any:
        return name

    asked = as_eve_and_bob(fast)
    assert [response.json() for response in asked] == ["eve"] * 4
    assert marks(asked) == ["miss", "hit", "hit", "hit"]


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

    @fast.app.get("/")
    @cached()
    async def page(name: str = Depends(name_of)) -> Any:
        return name

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

    @site.app.get("/")
    @cached()
    async def page(name: str = Depends(name_of)) -> Any:
        return name

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

    @site.app.get("/")
    @cached()
    async def page(name: str = Depends(name_of)) -> Any:
        return name

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


def test_the_decorator_has_parentheses() -> None:
    """Or it says so, at once."""

    def page() -> None: ...

    for bare in (page, staticmethod(page)):
        with pytest.raises(ConfigurationError, match=r"write @cached\(\) with parentheses"):
            cached(bare)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"cached\(ttl=60\)"):
        cached(60)  # type: ignore[arg-type]
