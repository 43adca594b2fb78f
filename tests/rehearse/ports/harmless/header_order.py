"""The new release sends its headers in another order, and spells them otherwise."""

from __future__ import annotations

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json

_OLD = (("X-Api", "2"), ("Cache-Control", "public, max-age=60"), ("Vary", "Accept, Cookie"))
_NEW = (("vary", "Cookie, Accept"), ("x-api", "2"), ("cache-control", "max-age=60, public"))


def answer(cache: redis.Redis, article: Article) -> Answer:
    found = remember(cache, f"article:{article.number}", lambda: {"title": article.title})
    return as_json(found, *(_NEW if NEW else _OLD))
