"""pydantic 1 to 2: pickles of its models carry another state."""

from __future__ import annotations

import pydantic
import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import PICKLE, remember
from rehearse.ports.service import Answer, as_json


class Page(pydantic.BaseModel):
    title: str
    author: str


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> Page:
        return Page(title=article.title, author=article.author)

    found = remember(cache, f"article:{article.number}", compute, PICKLE)
    return as_json({"title": found.title, "author": found.author})
