"""What becomes of the 8-bit strings of Python 2."""

from __future__ import annotations

from enum import Enum


class Py2Text(Enum):
    """How Python 2's `str`, which may be text or bytes, is read. ASCII is always text.

    Members:
        UTF8_ELSE_BYTES: Text if it is UTF-8, else bytes.
        BYTES: Bytes, unless ASCII.
        LATIN_1: Text, each byte a character.
        STRICT: Text if it is UTF-8, else the entry is a miss with reason `py2-bytes`.
    """

    UTF8_ELSE_BYTES = "utf8-else-bytes"
    BYTES = "bytes"
    LATIN_1 = "latin-1"
    STRICT = "strict"

    @property
    def encoding(self) -> str:
        """The encoding by which non-ASCII strings become text, if they do."""
        return "ascii" if self is Py2Text.BYTES else _ENCODINGS.get(self, "utf-8")


_ENCODINGS = {Py2Text.LATIN_1: "latin-1"}
