"""A class was renamed: pickles of it name what is no longer there."""

from __future__ import annotations

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import PICKLE, remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer, as_json


class _Shown:
    def __init__(self, title: str, author: str) -> None:
        self.title = title
        self.author = author


if NEW:

    class Post(_Shown):
        """Its name since the move."""

    shown: type[_Shown] = Post
else:

    class Page(_Shown):
        """Its name before."""

    shown = Page


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> _Shown:
        return shown(article.title, article.author)

    found = remember(cache, f"article:{article.number}", compute, PICKLE)
    return as_json({"title": found.title, "author": found.author})
