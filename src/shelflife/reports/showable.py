r"""Text from hostile entries, made fit to be shown.

The one rule for terminal and page alike, before the escaping that either needs on top. Whatever
could move a cursor, turn the direction of writing, hide, pile up or never end is shown as what it
is: `\x1b`, `\u202e`, "... (10,000 characters)".
"""

from __future__ import annotations

import unicodedata

LONGEST = 160

# Letters and marks that Python calls printable and that fonts show as nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
}


def showable(text: str, longest: int = LONGEST) -> str:
    """Escape what is not plainly visible, and bound the length.

    Args:
        text: Anything.
        longest: How many characters may come out, the note on what was cut not counted.
    """
    shown: list[str] = []
    length = marks = 0
    for character in text[: longest + 1]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        piece = character if _is_visible(character) and marks <= 2 else _escaped(character)
        if length + len(piece) > longest:
            return f"{''.join(shown)}... ({len(text):,} characters)"
        shown.append(piece)
        length += len(piece)
    return "".join(shown)


def _is_visible(character: str) -> bool:
    return character.isprintable() and character not in _BLANK


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
