"""numpy 1 to 2: pickles of arrays name `numpy._core`, which numpy 1.25 does not have."""

from __future__ import annotations

import importlib
from typing import Any

import redis

from rehearse.ports.articles import Article
from rehearse.ports.caching import PICKLE, remember
from rehearse.ports.service import Answer, as_json

np: Any = importlib.import_module("numpy")  # of another version in each release; not among ours


def answer(cache: redis.Redis, article: Article) -> Answer:
    def compute() -> dict[str, Any]:
        return {"title": article.title, "weights": np.arange(article.number, dtype="float64")}

    found = remember(cache, f"article:{article.number}", compute, PICKLE)
    return as_json({"title": found["title"], "weights": found["weights"].tolist()})
