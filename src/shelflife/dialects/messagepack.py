"""MessagePack without a library's mark.

Rules:
1. It must end with the last byte of the entry; after `WALKED` values the rest is believed.
2. A single printable character is text, a single digit an integer.
"""

from __future__ import annotations

from shelflife.dialects.recognition import Recognised
from shelflife.dialects.signs import Signs

WALKED = 10_000

# First byte -> (bytes of the length that follows it, bytes besides, values per unit of length).
_SIZED = {
    0xC4: (1, 0, 0), 0xC5: (2, 0, 0), 0xC6: (4, 0, 0),
    0xC7: (1, 1, 0), 0xC8: (2, 1, 0), 0xC9: (4, 1, 0),
    0xD9: (1, 0, 0), 0xDA: (2, 0, 0), 0xDB: (4, 0, 0),
    0xDC: (2, 0, 1), 0xDD: (4, 0, 1), 0xDE: (2, 0, 2), 0xDF: (4, 0, 2),
}  # fmt: skip
_FIXED = {
    0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8,
    0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
    0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,
}  # fmt: skip


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
        size, inside = _measure(raw, at)
        if not size:
            return False
        at += size
        wanted += inside - 1
    return at <= end


def _measure(raw: bytes, at: int) -> tuple[int, int]:
    """Give the bytes of a value without those inside it, and how many are inside; 0 for none."""
    first = raw[at]
    if first < 0x80 or first >= 0xE0:
        return 1, 0
    if first < 0xA0:
        return 1, (first & 15) << (first < 0x90)
    if first < 0xC0:
        return 1 + (first & 31), 0
    if first in _FIXED:
        return 1 + _FIXED[first], 0
    width, besides, values = _SIZED.get(first, (0, -1, 0))  # C1 is never used
    length = int.from_bytes(raw[at + 1 : at + 1 + width], "big")
    head = 1 + width + besides
    return (head, length * values) if values else (head + length, 0)


def has_members(raw: bytes, names: tuple[str, ...]) -> bool:
    """Whether a map has short keys of these names, in its beginning."""
    first = raw[0] if raw else 0
    if not (0x80 <= first < 0x90 or first in {0xDE, 0xDF}):
        return False
    head = raw[:4096]
    return all(bytes([0xA0 + len(name)]) + name.encode() in head for name in names)


SIGNS = Signs("msgpack", Recognised("msgpack", codec="msgpack"))
