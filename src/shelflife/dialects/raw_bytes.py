"""Bytes that no library known to us writes."""

from __future__ import annotations

from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs


def read(_stored: Stored) -> Recognised:
    """Judge by the rules of who takes the bytes as they are."""
    return Recognised("bytes", codec="bytes")


SIGNS = Signs("bytes", Recognised("bytes", codec="bytes"), read=read)
