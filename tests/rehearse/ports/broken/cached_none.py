"""The new release caches what is not there, too; the old one takes every entry for an article."""

from __future__ import annotations

import json
from typing import Any

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import SECONDS
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    key = f"article:{article.number}"
    found = cache.get(key)
    value: Any = {"title": article.title, "author": article.author}
    if isinstance(found, bytes):
        value = json.loads(found)
    elif article.number % 3 == 0:  # withdrawn
        if NEW:
            cache.set(key, "null", ex=SECONDS)
        return _gone()
    else:
        cache.set(key, json.dumps(value), ex=SECONDS)
    if NEW and value is None:
        return _gone()
    return as_json({"title": value["title"], "author": value["author"]})


def _gone() -> Answer:
    return Answer(b"Gone", "text/plain", status=410)
