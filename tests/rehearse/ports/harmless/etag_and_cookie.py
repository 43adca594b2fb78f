"""Tags of answers and session cookies have other values every time."""

from __future__ import annotations

import secrets

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    found = remember(cache, f"article:{article.number}", lambda: {"title": article.title})
    tag = secrets.token_hex(8)
    return as_json(
        found,
        ("ETag", f'"{tag}"' if NEW else f'W/"{tag}"'),
        ("Set-Cookie", f"session={secrets.token_urlsafe(16)}; HttpOnly; Path=/"),
    )
