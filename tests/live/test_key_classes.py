"""Key classes of a report: fine enough to act on, and nobody's name."""

from __future__ import annotations

from shelflife.live.key_classes import KeyClasses


def classes(prefix: str, keys: list[str]) -> list[str]:
    """The classes of keys, learned from just these."""
    found = KeyClasses(prefix)
    found.learn(keys)
    return sorted({found.of(key) for key in keys})


def test_words_of_the_namespace_stay() -> None:
    """A second segment that several keys share."""
    keys = [f"api:article:{n}" for n in range(5)] + [f"api:user:{n}" for n in range(5)]

    assert classes("", keys) == ["api:article:*", "api:user:*"]
    assert classes("site:", [*keys, "api:once:1"]) == [
        "site:api:*",
        "site:api:article:*",
        "site:api:user:*",
    ]


def test_names_of_people_do_not() -> None:
    """Many different words in one place are values, as are numbers, addresses and lone keys."""
    users = [f"user:{a}{b}:cart" for a in "abcde" for b in "fghij" for _ in range(4)]

    assert classes("", users) == ["user:*"]
    assert classes("", ["user:bob:cart", "bob", "bob@example.org:cart:1", "17:x:y"]) == [
        "*",
        "user:*",
    ]


def test_classes_are_bounded() -> None:
    """After 200 the rest is `other`."""
    words = [f"{a}{b}{c}:1" for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh"]
    found = classes("", words)

    assert len(found) == 201
    assert "other" in found
