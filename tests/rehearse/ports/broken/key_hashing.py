"""Keys are hashed by another function: neither release ever finds what the other has written."""

from __future__ import annotations

import hashlib

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


def answer(cache: redis.Redis, article: Article) -> Answer:
    slug = article.slug.encode()
    mark = hashlib.sha256(slug).hexdigest()[:32] if NEW else hashlib.md5(slug).hexdigest()
    value = {"title": article.title, "author": article.author}
    return as_json(remember(cache, f"article:{mark}", lambda: value))
