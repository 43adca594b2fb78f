"""Checks that a payload holds as much as it announces, for an ormsgpack that does not.

ormsgpack before 1.13.1 allocates what an array or map announces before it reads the members: the
six bytes `dd 70000000 01` end the process. Newer ones report an error, and need none of this.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Union

import ormsgpack

try:
    from msgpack import Unpacker as _Unpacker
    from msgpack.exceptions import OutOfData as _OutOfData
except ImportError:  # only asked for where ormsgpack is old
    _Unpacker = _OutOfData = None

Bytes = Union[bytes, memoryview]


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


ORMSGPACK_CHECKS = _version(ormsgpack.__version__) >= (1, 13, 1)

# First byte -> (bytes of the length that follow it, bytes besides, values per unit of length).
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


def walk_lengths(payload: Bytes) -> None:
    """Do what `check_lengths` does, in Python alone.

    Raises:
        ValueError: If more is announced than there is.
    """
    offset, wanted, end = 0, 1, len(payload)
    while wanted:
        if wanted > end - offset:  # every value takes a byte at least
            raise ValueError("cut off, or announces more than there is")
        size, members = measure(payload, offset)
        offset += size
        wanted += members - 1
    if offset > end:
        raise ValueError("cut off")


def measure(payload: Bytes, offset: int) -> tuple[int, int]:
    """Give the bytes of the value at `offset` without its members, and how many members it has.

    Raises:
        ValueError: If no value begins with that byte.
    """
    first = payload[offset]
    if first < 0x80 or first >= 0xE0:
        return 1, 0
    if first < 0x90:
        return 1, 2 * (first & 15)
    if first < 0xA0:
        return 1, first & 15
    if first < 0xC0:
        return 1 + (first & 31), 0
    if first in _FIXED:
        return 1 + _FIXED[first], 0
    if first not in _SIZED:
        raise ValueError("holds the byte C1, which MessagePack never uses")
    width, besides, per_unit = _SIZED[first]
    length = int.from_bytes(payload[offset + 1 : offset + 1 + width], "big")
    head = 1 + width + besides
    return (head, length * per_unit) if per_unit else (head + length, 0)


def _skip(payload: Bytes) -> None:
    unpacker: Any = _Unpacker(max_buffer_size=max(len(payload), 1))
    unpacker.feed(payload)
    try:
        unpacker.skip()
    except _OutOfData:
        raise ValueError("cut off, or announces more than there is") from None


_checker: Optional[Callable[[Bytes], None]] = None if _Unpacker is None else _skip
check_lengths: Callable[[Bytes], None] = _checker or walk_lengths
"""Raise ValueError if a payload announces more than there is: C speed where msgpack is there."""
