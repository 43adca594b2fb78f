"""Texts, taken apart into tokens, and what can be told from a token's shape.

Rules:
1. At a place that is noise, values are not compared but their shapes are: a time that lost its
   zone has another shape, an id that happens to consist of digits has not.
2. A float with more or fewer digits is the same number, from its 12th digit on.
3. What a wrong codec does to text (`Ã©`, `b'...'`, U+FFFD, decomposed letters) is part of a shape.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ZONE = r"(?:\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d(?::\d\d)?)\b)?"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?[AP]M)?"
_DAY = r"(?:\d{4}-\d\d-\d\d|\d{4}/\d\d/\d\d|\d\d?[/.]\d\d?[/.]\d{4})"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s)?"
_SPELLED = (
    rf"{_WEEKDAY}(?:\d{{1,2}}[ -]{_MONTH}[ -]\d{{4}}|{_MONTH}\s{{1,2}}\d{{1,2}}(?:,?\s\d{{4}})?)"
)
_TIME = re.compile(
    rf"(?:\d{{8}}T\d{{6}}(?:\.\d{{1,9}})?Z?|{_DAY}(?:[T ]{_CLOCK}{_ZONE})?"
    rf"|{_SPELLED}(?:,?\s{_CLOCK}{_ZONE}(?:\s\d{{4}})?)?"
    rf"|{_CLOCK}{_ZONE})(?![\w])"
)
_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w+/=-])"
_TOKEN = re.compile(
    rf"(?<!\w){_TIME.pattern}|(?<![\w.]){_NUMBER}|(?:[\w+/-]|%[0-9A-Fa-f]{{2}})+={{0,2}}|\s+|.",
    re.DOTALL,
)
_UUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_HEX = re.compile(r"(?=.*[0-9])(?:[0-9a-f]+|[0-9A-F]+)")
_OPAQUE = re.compile(r"(?:[A-Za-z0-9_+/-]|%[0-9A-Fa-f]{2})+={0,2}")
_DIGITS = re.compile(r"[0-9]+")
_NUMBER_ALONE = re.compile(_NUMBER)
_CP1252 = "\u20ac\u201a-\u2122\u0152-\u0192\u02c6\u02dc"
_MOJIBAKE = re.compile(
    f"[\u00c2\u00c3][\u0080-\u00bf{_CP1252}]|[\u00d0\u00d1][\u0080-\u00bf]|\u00e2\u20ac"
)
_BYTES_SHOWN = re.compile(r"(?<!\w)b(?:'[^']*'|\"[^\"]*\")")
_ESCAPED = re.compile(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}")
_SIGNIFICANT = 12
_LONGEST_SHAPED = 20_000
_LONGEST_KEPT = 200  # the shapes of longer ones are found anew: whole pages must not stay in memory

Shape = str

# The first one that fits; 12e5 may be a number, but in an id it is hexadecimal.
_SHAPES = (
    ("empty text", re.compile("")),
    ("uuid", _UUID),
    ("time", _TIME),
    ("digits", _DIGITS),
    ("hex", _HEX),
    ("number", _NUMBER_ALONE),
    ("word", _OPAQUE),
)
_SIZED = frozenset(("digits", "hex", "word"))


def tokens(text: str) -> list[str]:
    """Take a text apart; whitespace counts as one kind of token."""
    if len(text) > _LONGEST_SHAPED:
        return [text]
    return [" " if token.isspace() else token for token in _TOKEN.findall(text)]


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same but for the digits of their floats."""
    if one == other:
        return True
    if "." not in one or "." not in other:
        return False
    mine, theirs = tokens(one), tokens(other)
    return len(mine) == len(theirs) and all(map(same_token, mine, theirs))


def same_token(one: str, other: str) -> bool:
    """Whether two tokens are the same, or floats that differ in late digits only."""
    if one == other:
        return True
    if not (_is_float(one) and _is_float(other)) or max(_digits(one), _digits(other)) < 12:
        return False
    mine, theirs = float(one), float(other)
    return f"{mine:.{_SIGNIFICANT - 1}e}" == f"{theirs:.{_SIGNIFICANT - 1}e}" or (
        abs(mine - theirs) <= 1e-11 * abs(mine)
    )


def _is_float(token: str) -> bool:
    return ("." in token or "e" in token.lower()) and bool(_NUMBER_ALONE.fullmatch(token))


def _digits(token: str) -> int:
    return len(token.lower().partition("e")[0].lstrip("+-0.").replace(".", ""))


def shape_of(token: str) -> Shape:
    """Give a token's shape; of a longer text, of the whole."""
    return _kept_shape(token) if len(token) <= _LONGEST_KEPT else _shape(token)


def _shape(token: str) -> Shape:
    if token.isspace():
        return "space"
    name = next((name for name, pattern in _SHAPES if pattern.fullmatch(token)), "text")
    if name == "text":
        return f"text{_damage(token)}"
    if name == "time":
        return f"time {_format(token)}"
    return f"{name} {len(token)}" if name in _SIZED else name


def admits(known: Shape, got: Shape) -> bool:
    """Whether a value of one shape is as good as one of another where values are noise."""
    if known == got:
        return True
    mine, _, size = known.partition(" ")
    theirs, _, their_size = got.partition(" ")
    if mine == "word":
        return theirs in {"word", "hex", "digits", "number"} or got == "text"
    if {mine, theirs} <= {"number", "digits"}:
        return True
    if mine in {"hex", "digits"} and theirs in {"hex", "digits", "word"}:
        return abs(int(size) - int(their_size)) <= 2  # by chance all digits, without leading zeros
    if mine == "text" and theirs == "text":
        return set(their_size.split()) <= set(size.split())
    return mine == "text" and theirs == "word"


_kept_shape = lru_cache(maxsize=4096)(_shape)


def unsized(shape: Shape) -> Shape:
    """Give a shape without the length of the token."""
    name = shape.partition(" ")[0]
    return name if name in _SIZED else shape


def is_of_words(shape: Shape) -> bool:
    """Whether it is the shape of what people read, which may be anything."""
    return shape.startswith(("text", "word"))


def _format(token: str) -> str:
    """Write a time's format: digits as 0, names of months and days as a letter."""
    token = re.sub(_MONTH, "M", token)
    token = re.sub(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}", "W", token)
    token = re.sub(r"(?<=\d)\s?[AP]M", "p", token)
    token = re.sub(r"[+-](?=\d\d:?\d\d$)", "+", token) if ":" in token else token
    return re.sub(r"(?<!\d)\d{1,2}(?=[:/. ]|$)", "00", re.sub(r"\d", "0", token))


def _damage(text: str) -> str:
    """Name what a wrong codec may have done to a text."""
    found = []
    if _BYTES_SHOWN.search(text):
        found.append("bytes")
    if _ESCAPED.search(text):
        found.append("escapes")
    if text.isascii():
        return "".join(f" {each}" for each in found)
    if _MOJIBAKE.search(text):
        found.append("mojibake")
    if "\ufffd" in text:
        found.append("replaced")
    if not unicodedata.is_normalized("NFC", text):
        found.append("decomposed")
    return "".join(f" {each}" for each in found)
