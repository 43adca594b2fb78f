"""The default protocol of pickles is newer: Python 2.7 (`python2/protocol.py`) cannot read it."""

from __future__ import annotations

from typing import Any

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import PICKLE, remember
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> dict[str, Any]:
        return {"number": article.number, "title": article.slug.partition("-")[2]}

    return as_json(remember(cache, f"article:{article.number}", compute, PICKLE))
