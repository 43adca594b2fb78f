"""What is a cache client, and what only pretends to be one.

Rules:
1. A class is a client if it, or a base of it, is defined in one of the libraries below.
2. What stands beside a client (its exceptions, locks, retries) is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

_LIBRARIES = (
    *("redis", "valkey", "aioredis", "coredis", "glide", "rediscluster"),
    *("pymemcache", "pylibmc", "memcache"),
    *("cachelib", "werkzeug.contrib.cache", "flask_caching", "flask_cache"),
    *("django.core.cache", "django_redis", "django_valkey", "redis_cache"),
    *("aiocache", "cashews", "dogpile.cache", "beaker.cache"),
    *("shelflife.cache", "shelflife.cachelib", "shelflife_bridge"),
)
_BESIDE = tuple(
    f"{library}{part}"
    for library in ("redis", "valkey", "aioredis")
    for part in (".exceptions", ".lock", ".asyncio.lock", ".retry", ".asyncio.retry", ".backoff")
)
FAKES = ("fakeredis", "mockredis", "birdisle", "fakeredis_cluster")
_CLIENT_WORDS = ("Redis", "Valkey", "Dragonfly")
_OPENERS = frozenset(("from_url", "redis_from_url"))


def is_below(module: object, packages: tuple[str, ...]) -> bool:
    """Whether a module is one of some packages, or in one."""
    if not isinstance(module, str):
        return False
    return any(module == name or module.startswith(f"{name}.") for name in packages)


def client_name(thing: Any) -> str:
    """Give the full name of a cache client, its class, or its library; "" for anything else."""
    if issubclass(type(thing), ModuleType):  # a mock says that it is an instance of its spec
        return thing.__name__ if _is_library(thing.__name__) else ""
    if _is_proxy_of_django(thing):
        return "django.core.cache.cache"
    kind = _class_of(thing)
    bases = kind.__mro__
    if any(_is_library(base.__module__) for base in bases) and not issubclass(kind, BaseException):
        return _full_name(kind)
    name = getattr(thing, "__name__", "") if callable(thing) else ""
    if name in _OPENERS and _is_library(getattr(thing, "__module__", "")):
        return f"{thing.__module__}.{name}"
    return ""


def fake_name(thing: Any) -> str:
    """Give the full name of a client, or its class, that only pretends; "" for anything else."""
    kind = _class_of(thing)
    fake = next((base for base in kind.__mro__ if is_below(base.__module__, FAKES)), None)
    if fake is None or not any(word in fake.__name__ for word in _CLIENT_WORDS):
        return ""
    return f"{fake.__module__.partition('.')[0]}.{fake.__qualname__}"


def replaced_libraries(modules: Mapping[Any, Any]) -> list[str]:
    """Give the libraries that are to be replaced by something else in `sys.modules`."""
    return [
        name
        for name, module in modules.items()
        if _is_library(name) and not (isinstance(module, ModuleType) and _is_genuine(module))
    ]


def _is_library(module: object) -> bool:
    return is_below(module, _LIBRARIES) and not is_below(module, _BESIDE)


def _is_genuine(module: ModuleType) -> bool:
    return getattr(module, "__spec__", None) is not None


def _class_of(thing: Any) -> type:
    return thing if issubclass(type(thing), type) else type(thing)


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_proxy_of_django(thing: Any) -> bool:
    """Whether it is Django's `cache`, which is of a class that knows no cache."""
    kind = type(thing)
    if kind.__name__ != "ConnectionProxy" or kind.__module__ != "django.utils.connection":
        return False
    return type(vars(thing).get("_connections")).__module__ == "django.core.cache"
