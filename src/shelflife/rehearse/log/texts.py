"""The texts that break caches, one kind each.

Rules:
1. A kind is one way in which text goes wrong: in a pickle of another Python, in a column, in a
   key, in a comparison.
2. Texts are drawn from the seed, so that no two derived requests need share an entry; the same
   seed draws the same texts on every Python.
3. A long text is as long as a URL allows for services with the usual limits (4 KB a request line).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random
from urllib.parse import quote

LONGEST_IN_URL = 3600
_LONG = 4096

_ACCENTED = ("café", "naïve", "Ångström", "crème brûlée", "façade", "Zoë", "piñata", "über")
_LATIN = ("àéîõü", "Straße", "mañana", "Ærø", "«déjà vu»", "£20 ½", "señor", "þórr")
_EMOJI = (
    "\U0001f600",
    "\U0001f469\u200d\U0001f680",
    "\U0001f1e9\U0001f1ea",
    "\U0001f44d\U0001f3fd",
)
_MUSIC = ("\U0001d11e", "\U0001d160", "\U00020bb7", "\U0001d54f")
_HEBREW = ("שלום", "ספר", "עולם", "מים")
_ARABIC = ("مَرْحَبًا", "كِتَابٌ", "قَلَمٌ", "شَمْسٌ")
_MIXED = ("東京", "Москва", "Αθήνα", "서울", "กรุงเทพ", "मुंबई")


def _nfc(random: Random) -> str:
    return unicodedata.normalize("NFC", _two(random, _ACCENTED))


def _nfd(random: Random) -> str:
    return unicodedata.normalize("NFD", _two(random, _ACCENTED))


def _latin(random: Random) -> str:
    return _two(random, _LATIN)


def _emoji(random: Random) -> str:
    return _two(random, _EMOJI)


def _music(random: Random) -> str:
    return _two(random, _MUSIC)


def _hebrew(random: Random) -> str:
    return _two(random, _HEBREW)


def _arabic(random: Random) -> str:
    return _two(random, _ARABIC)


def _mixed(random: Random) -> str:
    return f"{_pick(random, _MIXED)} {_pick(random, _ARABIC)} {_two(random, _ACCENTED)}"


def _long(random: Random) -> str:
    words = [_pick(random, (*_ACCENTED, *_LATIN, "and", "the", "of")) for _ in range(_LONG // 2)]
    return " ".join(words)[:_LONG]


def _empty(random: Random) -> str:  # noqa: ARG001 - as all kinds are called
    return ""


KINDS: dict[str, Callable[[Random], str]] = {
    "latin-1": _latin,
    "nfc": _nfc,
    "nfd": _nfd,
    "emoji": _emoji,
    "astral": _music,
    "hebrew": _hebrew,
    "arabic": _arabic,
    "mixed": _mixed,
    "long": _long,
    "empty": _empty,
}


def cut_for_url(text: str, room: int) -> str:
    """Cut a text so that it is at most so long when it is percent-encoded."""
    length = 0
    for place, character in enumerate(text):
        length += len(quote(character, safe=""))
        if length > room:
            return text[:place]
    return text


def _two(random: Random, texts: tuple[str, ...]) -> str:
    return f"{_pick(random, texts)} {_pick(random, texts)} {int(random.random() * 1000)}"


def _pick(random: Random, texts: tuple[str, ...]) -> str:
    # Only `random()` itself is the same on every Python.
    return texts[int(random.random() * len(texts))]
