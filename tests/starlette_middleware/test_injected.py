"""What FastAPI injects tells responses apart: nobody is served another's page."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import logging
from typing import Annotated, Any, Optional

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed")

from fastapi import Cookie, Depends, Header, Request, Security
from fastapi.security import APIKeyHeader

from shelflife import ConfigurationError
from shelflife.starlette import cached
from starlette_middleware.conftest import Site, marks
from starlette_middleware.injecting import AsMember, AsRow, AsUser, as_eve_and_bob, name_of, stored


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


def test_the_decorator_has_parentheses() -> None:
    """Or it says so, at once."""

    def page() -> None: ...

    for bare in (page, staticmethod(page)):
        with pytest.raises(ConfigurationError, match=r"write @cached\(\) with parentheses"):
            cached(bare)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"cached\(ttl=60\)"):
        cached(60)  # type: ignore[arg-type]
