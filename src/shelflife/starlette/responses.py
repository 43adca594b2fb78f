"""A cache's responses, for asyncio: the operations of `shelflife.http`, driven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional, Union

from starlette.requests import HTTPConnection

from shelflife import http
from shelflife.cache import AsyncCache
from shelflife.errors import ConfigurationError
from shelflife.http import Computation, Found, Missing, StoredResponse, Variants
from shelflife.operations import Ttl, milliseconds

ON_SCOPE = "shelflife.starlette"


class Responses:
    """The responses in one cache.

    Args:
        cache: May hold other entries as well; the keys of responses begin with `responses:`.
    """

    def __init__(self, cache: AsyncCache) -> None:
        self.cache = cache
        self._context = cache._context  # noqa: SLF001 - surfaces of one cache share its context
        self.max_bytes = self._context.reader.max_bytes

    async def find(self, key: str, headers: Mapping[str, str]) -> Union[Found, Missing]:
        """Find the response for a request with these headers; counted."""
        found: Union[Found, Missing] = await self._run(http.find(self._context, key, headers))
        return found

    async def find_again(self, key: str, headers: Mapping[str, str]) -> Union[Found, Missing]:
        """The same, uncounted."""
        found: Union[Found, Missing] = await self._run(http.find_again(self._context, key, headers))
        return found

    async def keep(
        self,
        key: str,
        headers: Mapping[str, str],
        response: StoredResponse,
        variants: Optional[Variants],
        computation: Computation,
    ) -> None:
        """Store a response; one that cannot be stored is told by the cache's own means."""
        await self._run(http.keep(self._context, key, headers, response, variants, computation))

    def computation(self, key: str) -> Computation:
        """Give what is told if a page is forgotten while it is computed."""
        return Computation(self._context.name(key))

    async def forget(self, key: str) -> bool:
        """Remove a response and its variants; True if the server confirmed."""
        return bool(await self._run(http.forget(self._context, key)))

    def seconds(self, ttl: Ttl) -> Optional[float]:
        """Give a time to live in seconds; None for no expiry."""
        expiry = milliseconds(ttl, self._context.ttl)
        return None if expiry is None else expiry / 1000

    def _run(self, operation: Any) -> Any:
        return self.cache._drive(operation)  # noqa: SLF001 - as above


async def forget(
    where: Union[AsyncCache, HTTPConnection],
    url: Optional[str] = None,
    *,
    key: Optional[str] = None,
) -> bool:
    """Remove the response of a URL, and its variants; True if the server confirmed.

    Args:
        where: The cache; or a request, for the cache of its application's middleware.
        url: The whole URL; or its path and query, for the host of the request.
        key: In place of a URL: what `key=` gave.

    Raises:
        ConfigurationError: If nothing says which host is meant, or which response.
        RuntimeError: If the request came through no `ResponseCacheMiddleware`.
    """
    responses = Responses(where) if isinstance(where, AsyncCache) else of_connection(where)
    if (url is None) is (key is None):
        raise ConfigurationError("forget takes a URL, or key=...")
    if key is not None:
        return await responses.forget(http.custom_key(key))
    return await responses.forget(_key_of(str(url), where))


def _key_of(url: str, where: Union[AsyncCache, HTTPConnection]) -> str:
    if isinstance(where, AsyncCache):
        return http.key_of_url(url, "", "")
    scheme = {"ws": "http", "wss": "https"}.get(where.url.scheme, where.url.scheme)
    return http.key_of_url(url, scheme, where.url.netloc)


def of_connection(connection: HTTPConnection) -> Responses:
    """Give the responses of the middleware that a request came through.

    Raises:
        RuntimeError: If it came through none.
    """
    exchange = connection.scope.get(ON_SCOPE)
    if exchange is None:
        raise RuntimeError(
            "no ResponseCacheMiddleware: app.add_middleware(ResponseCacheMiddleware, url=...)"
        )
    responses: Responses = exchange.responses
    return responses
