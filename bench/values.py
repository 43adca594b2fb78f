"""What is cached in the benchmark: sizes and shapes of real services' entries."""

from __future__ import annotations

import datetime as dt
import pickle
import random
import uuid
from decimal import Decimal
from typing import Any

_LETTERS = "eeeeeeaaaaiiiioooonnnnssssrrrrttttllllddddmmmuucpgbvhf" + "éèüößçñåø"


def text(rng: random.Random, length: int) -> str:
    """Unique text of Western Europe: words of letters of which one in seven has an accent."""
    words: list[str] = []
    while sum(map(len, words)) + len(words) < length:
        words.append("".join(rng.choices(_LETTERS, k=rng.randint(2, 10))))
    return " ".join(words)[:length]


def rows(size: int, *, floats: bool = False) -> list[dict[str, Any]]:
    """Articles of an API until they weigh `size` bytes as a pickle."""
    rng = random.Random(size)
    made: list[dict[str, Any]] = []
    while len(pickle.dumps(made, 5)) < size:
        row = {
            "id": rng.randrange(10**6),
            "title": text(rng, 40),
            "author": text(rng, 15),
            "summary": text(rng, 150),
            "public": rng.random() < 0.5,
            "tags": [text(rng, 6), text(rng, 8)],
        }
        if floats:
            row["score"] = rng.random() * 100
        made.append(row)
    return made


def typed_rows(size: int) -> list[tuple[Any, ...]]:
    """Rows of tuples with datetimes, Decimals and UUIDs."""
    rng = random.Random(size)
    made: list[tuple[Any, ...]] = []
    while len(pickle.dumps(made, 5)) < size:
        made.append(
            (
                rng.randrange(10**9),
                text(rng, 20),
                dt.datetime(2019, 11, 4) + dt.timedelta(seconds=rng.randrange(10**7)),
                Decimal(rng.randrange(10**6)) / 100,
                uuid.UUID(int=rng.getrandbits(128)),
            )
        )
    return made


VALUES: dict[str, Any] = {
    "100 B dict": {"id": 4711, "name": "Jürgen Ångström", "roles": ["admin", "é"], "active": True},
    "10 KB rows": rows(10_000),
    "180 KB rows": rows(180_000),
    "180 KB text": text(random.Random(1), 165_000),
    "180 KB rows, floats": rows(180_000, floats=True),
    "10 KB rows, typed": typed_rows(10_000),
}
