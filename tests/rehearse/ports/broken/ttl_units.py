"""A time to live in seconds became one in milliseconds."""

from __future__ import annotations

import json
from datetime import timedelta

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import SECONDS
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    key = f"article:{article.number}"
    found = cache.get(key)
    if isinstance(found, bytes):
        return as_json(json.loads(found))
    value = {"title": article.title, "author": article.author}
    lives = timedelta(milliseconds=SECONDS) if NEW else timedelta(seconds=SECONDS)
    cache.set(key, json.dumps(value), px=lives)
    return as_json(value)
