"""The cache as services have it: redis-py, a serializer, a key, a time to live."""

from __future__ import annotations

import json
import pickle
from typing import Any, Callable, NamedTuple

import redis

SECONDS = 600


class Serializer(NamedTuple):
    """How a service puts values into bytes and back."""

    dumps: Callable[[Any], bytes]
    loads: Callable[[bytes], Any]


PICKLE = Serializer(pickle.dumps, pickle.loads)
JSON = Serializer(lambda value: json.dumps(value).encode(), json.loads)


def remember(
    cache: redis.Redis, key: str, compute: Callable[[], Any], serializer: Serializer = JSON
) -> Any:
    """Give what is cached under the key, else compute and cache it."""
    found = cache.get(key)
    if isinstance(found, bytes):
        return serializer.loads(found)
    value = compute()
    cache.set(key, serializer.dumps(value), ex=SECONDS)
    return value
