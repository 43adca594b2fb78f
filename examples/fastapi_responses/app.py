"""Articles, cached as responses: run it with any ASGI server, such as `uvicorn app:app`.

`python app.py` asks itself, without a server, and prints what comes of it. SHELFLIFE_URL says where
the cache is.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from shelflife.starlette import ResponseCacheMiddleware, cached, forget

ARTICLES = {1: "Cobalt", 2: "Amber"}
computed: list[str] = []
visits: list[int] = []


class Article(BaseModel):
    """What a reader sees."""

    number: int
    title: str


app = FastAPI()
app.add_middleware(
    ResponseCacheMiddleware,
    url=os.environ.get("SHELFLIFE_URL", "redis://127.0.0.1:6379/0"),
    prefix="example:",
    paths=["/titles"],
    mark=True,
)


@app.get("/titles")
def titles() -> list[str]:
    """All titles: cached by its path."""
    computed.append("titles")
    return sorted(ARTICLES.values())


@app.get("/articles/{number}")
@cached(ttl=60)
async def article(number: int, tasks: BackgroundTasks) -> Article:
    """One article: cached by the decorator. The background task runs when it is computed."""
    computed.append(f"article {number}")
    tasks.add_task(visits.append, number)
    return Article(number=number, title=ARTICLES[number])


@app.put("/articles/{number}")
async def rename(number: int, title: str, request: Request) -> bool:
    """Give an article another title, and forget what showed the old one."""
    ARTICLES[number] = title
    forgotten = [await forget(request, url) for url in (f"/articles/{number}", "/titles")]
    return all(forgotten)


@app.get("/export")
@cached(ttl=60, streams=100_000)
async def export() -> StreamingResponse:
    """All articles, streamed; kept as it is at most 100 KB long."""
    computed.append("export")

    async def lines() -> AsyncIterator[str]:
        for number, title in sorted(ARTICLES.items()):
            yield f"{number},{title}\n"

    return StreamingResponse(lines(), media_type="text/csv")


async def ask() -> list[tuple[str, str, str]]:
    """Ask for each page twice, rename an article, and ask again."""
    import httpx  # noqa: PLC0415 - only for this

    said: list[tuple[str, str, str]] = []

    def note(response: Any) -> None:
        request = f"{response.request.method} {response.request.url.path}"
        said.append((request, response.headers.get("x-cache", "-"), response.text.strip()))

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://example") as client:
        for path in ("/titles", "/articles/1", "/export"):
            for _ in range(2):
                note(await client.get(path))
        note(await client.put("/articles/1", params={"title": "Crimson"}))
        note(await client.get("/titles"))
        note(await client.get("/articles/1"))
    return said


if __name__ == "__main__":
    for request, mark, text in asyncio.run(ask()):
        print(f"{request:16} {mark:5} {text!r}")
