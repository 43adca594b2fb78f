"""MessagePack without a library's mark.

Rules:
1. It must end with the last byte of the entry; after `WALKED` values the rest is believed.
2. A single printable character is text, a single digit an integer.
"""

from __future__ import annotations

from shelflife.codecs.lengths import measure
from shelflife.dialects.recognition import Recognised
from shelflife.dialects.signs import Signs

WALKED = 10_000


def is_messagepack(raw: bytes) -> bool:
    """Whether the bytes are one MessagePack value."""
    if raw[0] < 0x80:
        return len(raw) == 1 and not 0x20 <= raw[0] < 0x7F
    at, wanted, end = 0, 1, len(raw)
    for _ in range(WALKED):
        if not wanted:
            return at == end
        if wanted > end - at:  # every value takes a byte at least
            return False
        try:
            size, members = measure(raw, at)
        except ValueError:
            return False
        at += size
        wanted += members - 1
    return at <= end


def has_members(raw: bytes, names: tuple[str, ...]) -> bool:
    """Whether a map has short keys of these names, in its beginning."""
    first = raw[0] if raw else 0
    if not (0x80 <= first < 0x90 or first in {0xDE, 0xDF}):
        return False
    head = raw[:4096]
    return all(bytes([0xA0 + len(name)]) + name.encode() in head for name in names)


SIGNS = Signs("msgpack", Recognised("msgpack", codec="msgpack"))
