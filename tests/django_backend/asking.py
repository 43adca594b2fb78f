"""Requests as servers hand them to Django: to its WSGI handler, and to its ASGI handler."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, Optional

from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

Answer = tuple[int, bytes]


def served(path: str, *, close: bool = True, **headers: str) -> Answer:
    """Send a request to Django's WSGI handler, and close the response as a server does."""
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        **headers,
    }
    response = WSGIHandler()(environ, lambda line, _: status.append(line))
    body = b"".join(response)
    if close:
        response.close()
    return int(status[0][:3]), body


async def answered(path: str, hang_up: Optional[asyncio.Event] = None) -> Answer:
    """Send a request to Django's ASGI handler; the client may hang up before it is answered."""
    sent: list[dict[str, Any]] = []
    asked = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if asked.is_set():
            await (hang_up or asyncio.Event()).wait()  # the client stays till then
            return {"type": "http.disconnect"}
        asked.set()
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    await ASGIHandler()(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"] if sent else 499, body


async def all_of(number: int, path: str) -> list[Answer]:
    """Send so many at once."""
    return await asyncio.gather(*(answered(path) for _ in range(number)))


def at_once(number: int, call: Callable[[int], Any]) -> list[Any]:
    """Call from so many threads at the same moment, with the number of each."""
    barrier = threading.Barrier(number)

    def run(turn: int) -> Any:
        barrier.wait(30)
        return call(turn)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))
