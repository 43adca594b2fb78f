"""What the demo's API serves: articles with text that is not ASCII, as real ones have."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

_TEXTS = (
    ("Crème brûlée, façon grand-mère", "Un dessert très sucré, à servir frais.", "cuisine,été"),
    ("Über die Größe der Städte", "Zürich wächst, Köln schrumpft.", "städte,größe"),
    ("El niño y la montaña", "Mañana será otro día en la montaña.", "niños,montaña"),
    ("Smørrebrød på en søndag", "Rugbrød, smør og lidt løg.", "frokost,søndag"),
    ("Żółta łódź podwodna", "Piosenka o łodzi, którą każdy zna.", "muzyka,łódź"),
    ("Война и мир, коротко", "Все счастливые семьи похожи.", "книги,чтение"),  # noqa: RUF001
    ("東京の朝ごはん", "味噌汁とご飯と焼き魚。", "料理,朝"),
    ("Ο καιρός αύριο", "Ήλιος στα νησιά, βροχή στα βουνά.", "καιρός,νησιά"),  # noqa: RUF001
)
_FIRST_PUBLISHED = datetime(2019, 3, 4, 8, 30)  # noqa: DTZ001 - naive, as the service's database


@dataclass(frozen=True)
class Article:
    """A row of the database; `tags` and `published` as the database holds them."""

    number: int
    title: str
    body: str
    tags: str
    published: str

    def answer(self) -> dict[str, Any]:
        """Give what the API must answer."""
        return {**asdict(self), "tags": self.tags.split(",")}

    def value(self) -> dict[str, Any]:
        """Give what the service caches, as Python 3 sees it."""
        return {**self.answer(), "published": datetime.fromisoformat(self.published)}


def article(number: int) -> Article:
    """Give the article of this number; always the same one."""
    title, body, tags = _TEXTS[number % len(_TEXTS)]
    published = _FIRST_PUBLISHED + timedelta(days=number, minutes=7 * number)
    return Article(number, f"{title} ({number})", body, tags, published.isoformat())


def write_database(path: Path, count: int) -> None:
    """Write articles 1 to `count` into a new SQLite file."""
    rows = [tuple(asdict(article(number)).values()) for number in range(1, count + 1)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE article (number INTEGER PRIMARY KEY, title, body, tags, published)"
        )
        connection.executemany("INSERT INTO article VALUES (?, ?, ?, ?, ?)", rows)
