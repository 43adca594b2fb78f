"""The middleware: pure ASGI, under Starlette, FastAPI and whatever else speaks it.

Rules:
1. What is cached is said: `paths` here, or the decorator. Nothing else is touched.
2. A body is never held back for the cache's sake, and a background task runs once, for the request
   that computed.
3. A cache that was made here is closed with the application's lifespan.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, Optional, Union

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shelflife.cache import AsyncCache
from shelflife.http import custom_key
from shelflife.starlette import messages, settings
from shelflife.starlette.exchange import Exchange
from shelflife.starlette.flights import Flights
from shelflife.starlette.responses import ON_SCOPE, Responses


class ResponseCacheMiddleware:
    """Keeps responses, and answers from them.

    Args:
        app: The application; Starlette gives it.
        cache: An `AsyncCache`, which stays yours to close; or the options of one: `url`, ...
        paths: Patterns of paths whose responses are cached: `["/articles/*"]`. None without it
            but those of decorated endpoints.
        key: A function of the request that gives text, in place of its URL.
        unless: A function of the request; if what it gives is true, it goes past the cache.
        session_cookies: Requests with one of these cookies go past the cache, unless `sessions`.
        **options: Of `shelflife.http.Policy` (`ttl`, `vary`, ...) and of `AsyncCache`.

    Raises:
        ConfigurationError: For an option that cannot work; the message names it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        cache: Optional[AsyncCache] = None,
        paths: Union[str, Iterable[str]] = (),
        key: Optional[Callable[[Request], str]] = None,
        unless: Optional[Callable[[Request], Any]] = None,
        session_cookies: Iterable[str] = settings.SESSION_COOKIES,
        **options: Any,
    ) -> None:
        settings.check_function("key", key)
        settings.check_function("unless", unless)
        self.app = app
        self._is_cached = settings.path_matcher(paths)
        self._cookies = settings.cookie_names(session_cookies)
        self._key = key
        self._unless = unless
        self._policy, self._own = settings.policy_and_cache(cache, options)
        self.cache: AsyncCache = cache if self._own is None else self._own  # type: ignore[assignment]
        self._responses = Responses(self.cache)
        self._flights = Flights()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan" and self._own is not None:
            await self.app(scope, receive, self._closing(send))
        elif scope["type"] == "http":
            await self._serve({**scope}, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(
            self._responses, self._flights, self._policy, self._cookies, scope, send
        )
        scope[ON_SCOPE] = exchange
        cancelled = True
        try:
            if not (self._is_wanted(scope) and await self._answer(exchange, scope, send)):
                if exchange.is_recorded:
                    scope["headers"] = messages.unconditional(scope["headers"])
                await self.app(scope, receive, exchange.send)
            cancelled = False
        except Exception:
            cancelled = False
            raise
        finally:
            exchange.end(cancelled=cancelled)

    def _is_wanted(self, scope: Scope) -> bool:
        if not self._is_cached(messages.path_of(scope)):
            return False
        return self._unless is None or not self._unless(Request(scope))

    async def _answer(self, exchange: Exchange, scope: Scope, send: Send) -> bool:
        key = exchange.key if self._key is None else custom_key(self._key(Request(scope)))
        answer = await exchange.begin(self._policy, key)
        if answer is None:
            return False
        await send(messages.start(answer.status, answer.headers))
        await send(messages.body(answer.body))
        return True

    def _closing(self, send: Send) -> Send:
        async def closing(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                await self.cache.close()
            await send(message)

        return closing
