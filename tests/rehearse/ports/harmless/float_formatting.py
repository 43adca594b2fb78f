"""The releases write floats with another number of digits, in their entries and their answers."""

from __future__ import annotations

import json
from typing import Any

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import Serializer, remember
from rehearse.ports.release import NEW
from rehearse.ports.service import Answer


def _dumps(value: dict[str, Any]) -> bytes:
    weight = f"{value['weight']:.12g}" if not NEW else f"{value['weight']:.19g}"
    return f'{{"title": {json.dumps(value["title"])}, "weight": {weight}}}'.encode()


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> dict[str, Any]:
        return {"title": article.title, "weight": article.number / 7}

    key = f"article:{article.number}"
    return Answer(_dumps(remember(cache, key, compute, Serializer(_dumps, json.loads))))
