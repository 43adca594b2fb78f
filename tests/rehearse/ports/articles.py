"""What the ports serve: a few articles, most of them with text outside ASCII."""

from __future__ import annotations

from typing import NamedTuple


class Article(NamedTuple):
    """One article; `slug` is the last part of its path."""

    number: int
    title: str
    author: str
    tags: tuple[str, ...]

    @property
    def slug(self) -> str:
        return f"{self.number}-{self.title.lower().replace(' ', '-')}"


_ROWS = (
    ("Crème brûlée", "Amélie Gauthier", ("été", "sucré", "dessert")),
    ("Größe der Städte", "Jürgen Weiß", ("städte", "größe")),
    ("Niños y montaña", "Íñigo Muñoz", ("montaña", "mañana")),
    ("Smørrebrød", "Søren Kjær", ("frokost", "søndag", "rugbrød")),
    ("Żółta łódź", "Łukasz Żak", ("łódź", "muzyka")),
    ("Война и мир", "Анна Лебедева", ("опера", "книги")),
    ("東京の朝", "山田 花子", ("料理", "朝")),
    ("Ο καιρός αύριο", "Νίκος Παππάς", ("καιρός", "νησιά")),  # noqa: RUF001
    ("ציפורים", "נועה לוי", ("סתיו", "דרום")),
    ("A quiet library", "Grace Miller", ("books", "river")),
)
COUNT = 20
ARTICLES = tuple(
    Article(number, *_ROWS[number % len(_ROWS)])  # every text twice, under another number
    for number in range(1, COUNT + 1)
)


def article(slug: str) -> Article:
    """Give the article of a path's last part.

    Raises:
        KeyError: If there is none.
    """
    return _BY_SLUG[slug]


_BY_SLUG = {each.slug: each for each in ARTICLES}
