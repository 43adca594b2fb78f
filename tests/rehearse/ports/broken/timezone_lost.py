"""The new release caches times without their zone, and puts it back; the old one does not."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> dict[str, Any]:
        now = datetime.now(timezone.utc)
        made = now.replace(tzinfo=None) if NEW else now
        return {"title": article.title, "made_at": made.isoformat()}

    found = remember(cache, f"article:{article.number}", compute)
    made_at = datetime.fromisoformat(found["made_at"])
    if NEW:
        made_at = made_at.replace(tzinfo=timezone.utc)
    return as_json({"title": found["title"], "made_at": made_at.isoformat()})
