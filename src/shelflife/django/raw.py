"""redis-py's client for the server of a cache, where django-redis hands it out.

For what is no entry of a cache: sets, hashes, scripts, messages, facts about the server. What is
written by it under a cache's key is no entry of ours but for whole numbers: it is a miss.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

from shelflife.django.sides import Sides


class RawClients:
    """Hands out clients, the same ones for a process and alias.

    Args:
        cache: Whose keys they are.
        sides: Where they are made.
    """

    def __init__(self, cache: BaseCache, sides: Sides) -> None:
        self.make_key = cache.make_key
        self._sides = sides

    def get_client(self, write: bool = True) -> Any:
        """Give a `redis.Redis` that does not decode; or a `RedisCluster`.

        Args:
            write: Whether it is to be the server that is written to, rather than a replica.
        """
        return self._sides.raw_client(write=write)


def get_redis_connection(alias: str = "default", write: bool = True) -> Any:
    """Give redis-py's client for the server of an alias; django-redis' function does the same.

    Raises:
        NotImplementedError: If the backend of that alias is another one, or is `memory://`.
    """
    clients = getattr(caches[alias], "client", None)
    if clients is None:
        raise NotImplementedError(f"the cache {alias!r} has no redis-py client")
    return clients.get_client(write)
