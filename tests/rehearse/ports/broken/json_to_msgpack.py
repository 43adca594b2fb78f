"""JSON to MessagePack: the new release takes old entries for the number 123; the old one misses."""

from __future__ import annotations

import json
from typing import Any

import ormsgpack
import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import SECONDS
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    key = f"article:{article.number}"
    value = _decoded(cache.get(key))
    if value is None:
        value = {"title": article.title, "author": article.author}
        encoded = ormsgpack.packb(value) if NEW else json.dumps(value).encode()
        cache.set(key, encoded, ex=SECONDS)
    return as_json(value)


def _decoded(found: Any) -> Any:
    try:
        return ormsgpack.unpackb(found) if NEW else json.loads(found)
    except (ValueError, TypeError):
        return None
