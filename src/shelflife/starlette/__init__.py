"""Responses of ASGI applications, cached: Starlette, FastAPI, and whatever else speaks ASGI.

app.add_middleware(ResponseCacheMiddleware, url="redis://...", ttl=60, paths=["/articles/*"])

@app.get("/articles/{number}")
@cached(ttl=60)
async def article(number: int) -> Article: ...
"""

from __future__ import annotations

try:
    import starlette as _starlette  # noqa: F401 - looked for first, to say so if it is missing
except ImportError as error:
    raise ImportError(
        "shelflife.starlette needs Starlette: pip install 'shelflife-cache[starlette]'"
    ) from error

from shelflife.starlette.decorator import cached
from shelflife.starlette.middleware import ResponseCacheMiddleware
from shelflife.starlette.responses import forget

__all__ = ["ResponseCacheMiddleware", "cached", "forget"]
