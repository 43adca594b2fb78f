"""The new release says more than the old one: one more header, one more field."""

from __future__ import annotations

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    found = remember(cache, f"article:{article.number}", lambda: {"title": article.title})
    if NEW:
        return as_json({**found, "length": len(found["title"])}, ("X-Api", "3"))
    return as_json(found)
