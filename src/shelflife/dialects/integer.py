"""Whole numbers in ASCII: counters, and the integers that half of all libraries leave plain."""

from __future__ import annotations

from shelflife.dialects.recognition import Recognised
from shelflife.dialects.signs import Signs


def is_integer(raw: bytes) -> bool:
    """Whether the bytes are digits, with or without a minus."""
    return raw.isdigit() or (raw[:1] == b"-" and raw[1:].isdigit())


SIGNS = Signs("int", Recognised("int", codec="int"))
