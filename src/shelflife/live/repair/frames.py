"""The journal's bytes: frames that can be read after a crash in the middle of one.

Rules (`docs/format-journal.md` has the table):
1. A line that names the format, a line of JSON that says what the journal is of; then frames.
2. A frame is length, CRC-32, kind, number (of a batch), and a payload: MessagePack under zlib. The
   checksum covers all that follows it.
3. The first frame that is cut or does not match its checksum ends the journal: it was being
   written.
4. Kinds are append-only; a reader leaves alone what it does not know.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, BinaryIO, NamedTuple

import ormsgpack

MAGIC = b"shelflife-journal 1\n"
_HEAD = struct.Struct(">II")
_ABOUT = struct.Struct(">BI")
LONGEST = 1 << 30
_LEVEL = 1  # level 6 takes five times as long for a tenth less


class Kind(IntEnum):
    """What a frame holds."""

    BATCH = 1
    """Entries that are about to change: [[key, old bytes, expires at, digest of the new bytes]]."""
    OUTCOMES = 2
    """What became of that batch: one letter an entry."""
    REFUSED = 3
    """Entries that were not to be changed: [[key, reason, detail]]."""
    CHECKPOINT = 4
    """Where the scan can go on, and how much has been seen."""
    FINISHED = 5
    """The scan is through."""
    UNDONE = 6
    """What became of a batch when it was undone: one letter an entry."""
    UNDO_FINISHED = 7
    """The undo is through."""
    UNDO_BEGUN = 8
    """From here on entries may have their old bytes back."""


class Frame(NamedTuple):
    """One frame, its payload still packed.

    Attributes:
        kind: A `Kind`, or a number of a later release.
        number: Of the batch it is about; 0 if it is about none.
        packed: See `unpack`.
        offset: Where it begins in the file.
    """

    kind: int
    number: int
    packed: bytes
    offset: int


def pack_frame(kind: Kind, number: int, payload: Any) -> bytes:
    """Give the bytes of a frame.

    Raises:
        ValueError: If it would be longer than `LONGEST`, which is more than a reader takes.
    """
    packed = zlib.compress(ormsgpack.packb(payload), _LEVEL)
    if len(packed) > LONGEST:
        raise ValueError(f"a frame of {len(packed)} bytes, which nobody would read")
    body = _ABOUT.pack(kind, number) + packed
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def unpack(frame: Frame) -> Any:
    """Give what a frame holds."""
    return ormsgpack.unpackb(zlib.decompress(frame.packed))


def read_frames(file: BinaryIO, start: int) -> Iterator[Frame]:
    """Give the sound frames from an offset on; ends before the first that is not."""
    file.seek(start)
    offset = start
    while True:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return
        length, checksum = _HEAD.unpack(head)
        if not _ABOUT.size <= length <= LONGEST + _ABOUT.size:
            return
        body = file.read(length)
        if len(body) < length or zlib.crc32(body) != checksum:
            return
        kind, number = _ABOUT.unpack_from(body)
        yield Frame(kind, number, body[_ABOUT.size :], offset)
        offset += _HEAD.size + length


def is_torn(file: BinaryIO, start: int) -> bool:
    """Whether what begins here is what a crash leaves: a frame that was not finished, or zeros.

    Anything else is damage, perhaps with sound frames behind it.
    """
    file.seek(0, 2)
    size = file.tell()
    file.seek(start)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return True
    length, _ = _HEAD.unpack(head)
    if _ABOUT.size <= length <= LONGEST + _ABOUT.size and start + _HEAD.size + length >= size:
        return True
    while head:
        if head.strip(b"\0"):
            return False
        head = file.read(1 << 20)
    return True
