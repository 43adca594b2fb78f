"""Plain text: what no library marks as its own, and every runtime reads."""

from __future__ import annotations

from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.lookup import Reason

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


def read(stored: Stored) -> Recognised:
    """Judge by the rules of who decodes UTF-8."""
    if is_text(stored.raw):
        return Recognised("text", codec="text")
    return Recognised("text", codec="?", reason=Reason.FOREIGN, detail="no text")


SIGNS = Signs("text", Recognised("text", codec="text"), read=read)
