"""A cached set of texts: every process lists it in an order of its own."""

from __future__ import annotations

from typing import Any

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import PICKLE, remember
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> dict[str, Any]:
        return {"title": article.title, "tags": set(article.tags)}

    found = remember(cache, f"article:{article.number}", compute, PICKLE)
    return as_json({"title": found["title"], "tags": list(found["tags"])})
