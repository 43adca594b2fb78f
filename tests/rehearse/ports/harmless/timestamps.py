"""Every answer says when it was made, and every entry when it was cached."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import remember
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> dict[str, Any]:
        return {"title": article.title, "cached_at": time.time()}

    found = remember(cache, f"article:{article.number}", compute)
    return as_json({**found, "answered_at": datetime.now(timezone.utc).isoformat()})
