"""The decorator and the middleware under FastAPI."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import functools
import inspect
import threading
from typing import Any, Optional

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed")

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from shelflife.starlette import cached
from starlette_middleware.conftest import Site, marks


class Article(BaseModel):
    """What an endpoint gives."""

    number: int
    title: str
    secret: str = "of the house"


class Shown(BaseModel):
    """What is shown of it."""

    number: int
    title: str


@pytest.fixture
def fast(site: Site) -> Site:
    """A site of FastAPI's, with the middleware and no paths: decorated endpoints are cached."""
    site.app = FastAPI()
    site.cache(paths=())
    return site


def test_the_response_model_is_applied(fast: Site) -> None:
    """Before the response is kept: what it hides is nowhere."""

    @fast.app.get("/articles/{number}", response_model=Shown)
    @cached(ttl=60)
    async def article(number: int, loud: bool = False) -> Any:
        fast.computed.append(number)
        return Article(number=number, title="TITLE" if loud else "title")

    asked = fast.get("/articles/1", "/articles/1", "/articles/1?loud=1", "/articles/2")
    assert marks(asked) == ["miss", "hit", "miss", "miss"]
    assert [response.json() for response in asked] == [
        {"number": 1, "title": "title"},
        {"number": 1, "title": "title"},
        {"number": 1, "title": "TITLE"},
        {"number": 2, "title": "title"},
    ]
    assert {response.headers["content-type"] for response in asked} == {"application/json"}
    assert fast.computed == [1, 1, 2]


def test_plain_functions_run_in_the_thread_pool(fast: Site) -> None:
    """As they would without the decorator."""
    threads: list[str] = []

    @fast.app.get("/")
    @cached()
    def plain() -> dict[str, Any]:
        threads.append(threading.current_thread().name)
        return {"a": None}

    assert [response.json() for response in fast.get("/", "/")] == [{"a": None}] * 2
    assert len(threads) == 1
    assert threads[0] != threading.main_thread().name


def test_dependencies_refuse_hits_as_well(fast: Site) -> None:
    """They are asked for every request."""
    asked_for: list[Optional[str]] = []

    def user(request: Request) -> str:
        asked_for.append(request.headers.get("x-key"))
        if request.headers.get("x-key") != "right":
            raise HTTPException(403)
        return "user"

    @fast.app.get("/")
    @cached()
    async def guarded(name: str = Depends(user)) -> str:
        return name

    asked = [*fast.get("/", x_key="right"), *fast.get("/"), *fast.get("/", x_key="right")]
    assert [response.status_code for response in asked] == [200, 403, 200]
    assert marks(asked) == ["miss", "-", "hit"]
    assert asked_for == ["right", None, "right"]


def test_what_is_injected_stays_what_it_is(fast: Site) -> None:
    """The request under any name, background tasks, the response whose headers are set."""
    ran: list[str] = []

    @fast.app.get("/{item}", status_code=203)
    @cached(statuses=[203])
    async def endpoint(
        item: str, tasks: BackgroundTasks, response: Response, req: Request, *, q: int = 0
    ) -> Any:
        tasks.add_task(ran.append, item)
        response.headers["x-from"] = "endpoint"
        return [item, req.url.path, q]

    asked = fast.get("/a?q=5", "/a?q=5")
    assert marks(asked) == ["miss", "hit"]
    assert [response.json() for response in asked] == [["a", "/a", 5]] * 2
    assert [response.headers["x-from"] for response in asked] == ["endpoint"] * 2
    assert [response.status_code for response in asked] == [203, 203]
    assert ran == ["a"]


def test_the_schema_stays_the_same(fast: Site) -> None:
    """The request that is added to the signature is no parameter of the API."""

    async def endpoint(number: int, q: Optional[str] = None) -> Shown:
        """Describe it."""
        return Shown(number=number, title=q or "")

    plain = FastAPI()
    plain.get("/{number}")(endpoint)
    fast.app.get("/{number}")(cached()(endpoint))

    assert fast.app.openapi()["paths"] == plain.openapi()["paths"]
    assert "shelflife_request" in inspect.signature(cached()(endpoint)).parameters


def test_partials_and_objects_are_decorated_like_functions(fast: Site) -> None:
    """Their parameters are injected, and coroutines are awaited."""

    class Adding:
        async def __call__(self, a: int, b: int = 1) -> int:
            return a + b

    fast.app.add_api_route("/object", cached()(Adding()))
    fast.app.add_api_route("/partial", cached()(functools.partial(Adding().__call__, b=5)))

    asked = fast.get(*["/object?a=1"] * 2, *["/partial?a=1"] * 2)
    assert [response.json() for response in asked] == [2, 2, 6, 6]
    assert marks(asked) == ["miss", "hit", "miss", "hit"]


def test_errors_are_not_kept(fast: Site) -> None:
    """Neither FastAPI's own nor those of endpoints."""

    @fast.app.get("/{number}")
    @cached()
    async def endpoint(number: int) -> Any:
        fast.computed.append(number)
        raise HTTPException(404)

    asked = fast.get("/1", "/1", "/x")
    assert [response.status_code for response in asked] == [404, 404, 422]
    assert fast.computed == [1, 1]


def test_a_response_of_ones_own_is_kept_as_it_is(fast: Site) -> None:
    """Of any class."""

    @fast.app.get("/")
    @cached()
    async def endpoint() -> PlainTextResponse:
        return PlainTextResponse("text", headers={"x-a": "1"})

    asked = fast.get("/", "/")
    assert marks(asked) == ["miss", "hit"]
    assert [(r.text, r.headers["x-a"]) for r in asked] == [("text", "1")] * 2


def test_paths_of_the_middleware_work_as_well(site: Site) -> None:
    """Without a decorator."""
    site.app = FastAPI()
    site.app.get("/a")(lambda: {"a": 1})
    site.cache(paths="/a")

    assert marks(site.get("/a", "/a")) == ["miss", "hit"]
