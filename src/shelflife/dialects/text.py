"""Plain text: what no library marks as its own, and every runtime reads."""

from __future__ import annotations

from shelflife.dialects.recognition import Recognised
from shelflife.dialects.signs import Signs

_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code not in b"\t\n\r")


def is_text(raw: bytes) -> bool:
    """Whether the bytes are UTF-8 without control characters."""
    if len(raw.translate(None, _CONTROLS)) != len(raw):
        return False
    try:
        str(raw, "utf-8")
    except UnicodeDecodeError:
        return False
    return True


SIGNS = Signs("text", Recognised("text", codec="text"))
