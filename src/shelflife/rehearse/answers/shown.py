"""What is shown of a value that differs: short, without secrets, without control characters.

What else could mislead (letters that fonts leave blank, marks that pile up) is up to the reports.
"""

from __future__ import annotations

import json
import re
import unicodedata

from shelflife.rehearse.answers.trees import Element, Lines, Tree, kind
from shelflife.rehearse.redaction import HIDDEN, is_secret_name, redact_text

LONGEST = 200
_BEFORE = 60  # characters that are shown before the first that differs
_PARAMETER = re.compile(r"([?&]([\w.\[\]-]{1,64})=)[^\s&\"'<>]+")
_MOST_SHOWN = 4_000  # of a long value, no more is looked at


def shown_pair(expected: Tree, got: Tree, *, is_secret: bool) -> tuple[str, str]:
    """Show two values that differ, each where they begin to."""
    if isinstance(expected, bytes) and isinstance(got, bytes):
        return _bytes_pair(expected, got)
    if is_secret:
        return _hidden(expected), _hidden(got)
    mine, theirs = _text(expected), _text(got)
    start = max(0, _first_other(mine, theirs) - _BEFORE)
    if _looks_same(mine, theirs):
        mine, theirs = ascii(mine), ascii(theirs)
        start = max(0, _first_other(mine, theirs) - _BEFORE)
    return _cut(mine, start), _cut(theirs, start)


def shown(value: Tree, *, is_secret: bool = False) -> str:
    """Show one value."""
    return _hidden(value) if is_secret else _cut(_text(value), 0)


def _hidden(value: Tree) -> str:
    size = f" ({len(value):,} characters)" if isinstance(value, str) else f" ({kind(value)})"
    return HIDDEN + size


def _text(value: Tree) -> str:
    if isinstance(value, str):
        return _without_secrets(value[:_MOST_SHOWN])
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, Element):
        return _without_secrets(f"<{value.tag}>{_inner(value)}"[:_MOST_SHOWN])
    if isinstance(value, Lines):
        return _without_secrets("\n".join(value)[:_MOST_SHOWN])
    return _without_secrets(json.dumps(_redacted(value), ensure_ascii=False)[:_MOST_SHOWN])


def _inner(element: Element) -> str:
    texts = [each if isinstance(each, str) else _inner(each) for each in element.children[:50]]
    return " ".join(each for each in texts if each)[:_MOST_SHOWN]


def _redacted(value: Tree) -> Tree:
    if isinstance(value, dict):
        few = list(value.items())[:100]
        return {k: HIDDEN if is_secret_name(k) else _redacted(v) for k, v in few}
    if isinstance(value, Element):
        return f"<{value.tag}>{_inner(value)}"
    return [_redacted(each) for each in value[:100]] if isinstance(value, list) else value


def _without_secrets(text: str) -> str:
    """Hide secrets; those in the query of a URL as well, which is a value itself."""
    return _PARAMETER.sub(
        lambda found: found[1] + HIDDEN if is_secret_name(found[2]) else found[0], redact_text(text)
    )


def _bytes_pair(expected: bytes, got: bytes) -> tuple[str, str]:
    at = _first_other(expected, got)
    return f"{len(expected):,} bytes", f"{len(got):,} bytes, the first other one at {at:,}"


def _first_other(one: str | bytes, other: str | bytes) -> int:
    pairs = enumerate(zip(one, other))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _looks_same(one: str, other: str) -> bool:
    return one != other and unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def _cut(text: str, start: int) -> str:
    text = ("..." if start else "") + text[start:]
    shown_characters: list[str] = []
    length = 0
    for character in text:
        piece = character if character.isprintable() else _escaped(character)
        length += len(piece)
        if length > LONGEST - 3:
            return "".join(shown_characters) + "..."
        shown_characters.append(piece)
    return "".join(shown_characters)


def _escaped(character: str) -> str:
    code = ord(character)
    if character in "\n\t":
        return "\\n" if character == "\n" else "\\t"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
