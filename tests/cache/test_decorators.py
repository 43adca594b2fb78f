"""Decorated functions: keyed by their arguments, type for type."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shelflife import AsyncCache, Cache, ConfigurationError


def test_decorators(redis_url: str) -> None:
    """Plain and coroutine functions, keyed by their arguments, type for type."""
    cache = Cache(redis_url, prefix="t:")
    calls: list[Any] = []

    @cache.cached(ttl=60)
    def plain(a: Any, b: int = 2) -> Any:
        """Doc."""
        calls.append(a)
        return [a, b]

    @cache.cached()
    async def coroutine(a: Any) -> Any:
        calls.append(a)
        return a

    @cache.cached(key=lambda user: f"user:{user['id']}")
    def own_key(user: Any) -> Any:
        return user["name"]

    assert plain(1) == plain(a=1) == plain(1, b=2) == [1, 2]
    assert plain(True) == [True, 2]
    assert plain({"x": {1, 2}}) == plain({"x": {2, 1}})
    assert calls == [1, True, {"x": {1, 2}}]
    assert plain.__doc__ == "Doc."
    assert asyncio.run(coroutine(5)) == asyncio.run(coroutine(5)) == 5
    assert calls.count(5) == 1
    assert own_key({"id": 7, "name": "x"}) == "x"
    assert cache.get("user:7") == "x"
    assert cache.delete(plain.key_for(1)) is True  # type: ignore[attr-defined]
    plain(1)
    assert calls.count(1) == 3  # 1, True (which equals 1), and 1 again
    with pytest.raises(TypeError, match="key="):
        plain(object())
    cache.close()


def test_async_decorators(redis_url: str) -> None:
    """AsyncCache takes both kinds of functions and gives coroutine functions."""

    async def run() -> None:
        async with AsyncCache(redis_url, prefix="t:") as cache:
            calls: list[Any] = []

            @cache.cached(ttl=60)
            def plain(a: int) -> int:
                calls.append(a)
                return a

            @cache.cached(ttl=60)
            async def coroutine(a: int) -> int:
                calls.append(a)
                return a

            assert [await plain(1), await plain(1)] == [1, 1]
            assert [await coroutine(2), await coroutine(2)] == [2, 2]
            assert calls == [1, 2]

    asyncio.run(run())


@pytest.mark.parametrize("kind", [Cache, AsyncCache])
def test_the_decorator_has_parentheses(kind: Any) -> None:
    """Or it says so, at once: on functions, coroutines and methods of any kind."""

    def plain() -> None: ...

    async def coroutine() -> None: ...

    method: Any = staticmethod(plain)
    given: list[Any] = [plain, coroutine, method, classmethod(method), Cache]
    for bare in given:
        with pytest.raises(ConfigurationError, match=r"write @cache\.cached\(\) with parentheses"):
            kind("memory://").cached(bare)
