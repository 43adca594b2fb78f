"""Django's cache, with shelflife behind it: one line of CACHES.

    CACHES = {"default": {"BACKEND": "shelflife.django.ShelflifeCache", "LOCATION": "redis://..."}}

Rules:
1. `BACKEND` names this package, and settings name it before any app is loaded: nothing of Django
   is imported until the class is asked for.
2. Everything that a cache of Django's gives is here with the same meaning, blocking and async.
3. What an entry holds raises nothing, nor does a server that fails: both are misses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shelflife.django.backend import ShelflifeCache
    from shelflife.django.raw import get_redis_connection

__all__ = ["ShelflifeCache", "get_redis_connection"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import django  # noqa: F401, PLC0415 - rule 1
    except ImportError:
        raise ImportError(
            "shelflife.django needs Django: pip install 'shelflife-cache[django]'"
        ) from None
    from shelflife.django import backend, raw  # noqa: PLC0415 - rule 1

    return getattr(backend if name == "ShelflifeCache" else raw, name)
