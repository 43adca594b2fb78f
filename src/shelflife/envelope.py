"""The header before every payload: envelope version 1.

    offset  size  field
         0     4  magic and version: C1 'S' 'L' 01
         4     4  CRC-32 (zlib) of bytes 0-3 and of everything from offset 8 on
         8     1  codec
         9     1  compression
        10     2  flags
        12     4  length of the payload as stored
        16     -  optional fields, in the order of their flag bits
         -     -  payload, to the last byte

All numbers are little-endian. While a cache reads the `werkzeug` dialect, one guard byte `!`
precedes the magic and belongs to none of this: unmodified clients of that dialect then report a
miss instead of handing out the bytes as a value.

Rules:
1. Numbers below are append-only and never recycled. What is retired keeps its row.
2. Readers of version N ship a release before the first writer of version N.
3. An unknown version, flag or compression is `newer-format`; an unknown codec `unknown-codec`.
4. The first byte is 0xC1 because no surveyed format can begin with it.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple, Optional, Union

from shelflife.errors import Unreadable
from shelflife.lookup import Reason

try:  # The same CRC-32, about ten times as fast on large entries.
    from zlib_ng.zlib_ng import crc32
except ImportError:
    from zlib import crc32

MAGIC = b"\xc1SL"
VERSION = 1
GUARD = b"!"

CODECS = {"portable": 1, "pickle": 2, "text": 3, "bytes": 4}
COMPRESSIONS = {"none": 0, "zlib": 1}

WRITTEN_AT = 1 << 0  # u64, milliseconds since the epoch
FRESH_UNTIL = 1 << 1  # u64, milliseconds since the epoch
COST = 1 << 2  # u32, microseconds
WRITER = 1 << 3  # u8 length, then UTF-8: "release runtime"
SCHEMA = 1 << 4  # 8 bytes, opaque
_KNOWN_FLAGS = WRITTEN_AT | FRESH_UNTIL | COST | WRITER | SCHEMA

_HEAD = struct.Struct("<4sIBBHI")
_REST = struct.Struct("<IBBHI")
_CHECKED = struct.Struct("<BBHI")
HEAD_SIZE = _HEAD.size
START = MAGIC + bytes([VERSION])
GUARDED_START = GUARD + START
_SEED = zlib.crc32(START)
_COPIED = 2048  # below this, copying a slice is cheaper than a view of it
_U64 = struct.Struct("<Q")
_U32 = struct.Struct("<I")

Bytes = Union[bytes, memoryview]


class Hints(NamedTuple):
    """The optional fields: readable without decoding the value, and never binding."""

    written_at: Optional[float] = None
    fresh_until: Optional[float] = None
    cost: Optional[float] = None
    writer: Optional[str] = None
    schema: Optional[bytes] = None


NO_HINTS = Hints()


def seal(
    codec: int, payload: Bytes, hints: Hints = NO_HINTS, *, compress: bool = False, guard: bool
) -> bytes:
    """Put the envelope around a payload.

    Args:
        codec: A value of `CODECS`.
        payload: What the codec made.
        hints: Optional fields; those that are None take no space.
        compress: Compress with zlib, unless that would not make the payload smaller.
        guard: Put the guard byte in front (while the `werkzeug` dialect is read).
    """
    compression = 0
    if compress:
        smaller = zlib.compress(payload)
        if len(smaller) < len(payload):
            compression, payload = COMPRESSIONS["zlib"], smaller
    flags, optional = (0, b"") if hints is NO_HINTS else _pack_hints(hints)
    checked = _CHECKED.pack(codec, compression, flags, len(payload)) + optional
    crc = crc32(payload, crc32(checked, _SEED))
    start = GUARDED_START if guard else START
    return b"".join((start, _U32.pack(crc), checked, payload))


def looks_sealed(raw: bytes) -> bool:
    """Whether an entry begins as an envelope of any version does, with or without the guard byte.

    Cut tails count: an entry that is shorter than the magic and agrees with it so far.
    """
    first = raw[:1]
    if first == b"\xc1":
        return True
    return first == GUARD and raw[1:2] == b"\xc1"


def nearly_sealed(raw: bytes) -> bool:
    """Whether an entry is an envelope but for one damaged byte at its start.

    A dialect that hands out unknown bytes as values must not do so with these.
    """
    left, right = START[:2], START[2:]
    if raw[:2] != left and raw[2:4] != right and raw[1:3] != left and raw[3:5] != right:
        return False  # one damaged byte leaves one half whole; this is the path of many reads
    heads = raw[:4], raw[1:5]
    return any(sum(a == b for a, b in zip(head, START)) >= 3 for head in heads)


def unseal(raw: bytes, max_bytes: int) -> tuple[int, Bytes]:
    """Check an envelope and give its codec number and payload.

    Args:
        raw: An entry for which `looks_sealed` holds.
        max_bytes: The most a compressed payload may decompress to.

    Raises:
        Unreadable: With reason `corrupt`, `newer-format` or `too-large`.
    """
    if raw[:4] == START:
        return unseal_at(raw, 4, max_bytes)
    if raw[:5] == GUARDED_START:
        return unseal_at(raw, 5, max_bytes)
    raise _other_start(raw)


def unseal_at(raw: bytes, start: int, max_bytes: int) -> tuple[int, Bytes]:
    """Do the same for an entry whose magic is known to end at `start`."""
    try:
        crc, codec, compression, flags, length = _REST.unpack_from(raw, start)
    except struct.error:
        raise Unreadable(Reason.CORRUPT, f"cut off in the header ({len(raw)} bytes)") from None
    checked: Bytes
    checked = raw[start + 4 :] if length < _COPIED else memoryview(raw)[start + 4 :]
    if crc32(checked, _SEED) != crc:
        raise Unreadable(Reason.CORRUPT, "the checksum does not match")
    payload = checked[8:] if not flags else checked[_skip_hints(checked, 8, flags) :]
    if len(payload) != length:
        raise Unreadable(Reason.CORRUPT, "the payload has not the length that the header says")
    if compression:
        payload = _decompress(payload, compression, max_bytes)
    return codec, payload


def read_hints(raw: bytes) -> Hints:
    """Read the optional fields of an envelope without decoding, or even checking, its payload.

    Gives empty hints for anything that is not a sound header: hints are never binding.
    """
    start = 1 if raw[:1] == GUARD else 0
    try:
        magic, _, _, _, flags, _ = _HEAD.unpack_from(raw, start)
        if magic != START or not flags or flags & ~_KNOWN_FLAGS:
            return NO_HINTS
        return _unpack_hints(memoryview(raw), start + HEAD_SIZE, flags)[0]
    except (struct.error, IndexError, UnicodeDecodeError):
        return NO_HINTS


def _other_start(raw: bytes) -> Unreadable:
    start = raw[1:5] if raw[:1] == GUARD else raw[:4]
    if len(start) < len(START):
        return Unreadable(Reason.CORRUPT, f"cut off in the header ({len(raw)} bytes)")
    if start[:3] == MAGIC and start[3] > VERSION:
        return Unreadable(
            Reason.NEWER_FORMAT,
            f"envelope version {start[3]}; this release reads up to {VERSION}",
        )
    return Unreadable(Reason.CORRUPT, "begins like an envelope, but the magic is damaged")


def _decompress(payload: Bytes, compression: int, max_bytes: int) -> bytes:
    if compression != COMPRESSIONS["zlib"]:
        raise Unreadable(Reason.NEWER_FORMAT, f"compression {compression} is not known")
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(payload, max_bytes + 1)
    except zlib.error as error:
        raise Unreadable(Reason.CORRUPT, f"does not decompress: {error}") from None
    if len(data) > max_bytes:
        raise Unreadable(Reason.TOO_LARGE, f"decompresses to more than {max_bytes} bytes")
    if not inflate.eof or inflate.unused_data:
        raise Unreadable(Reason.CORRUPT, "the compressed payload has the wrong length")
    return data


def _pack_hints(hints: Hints) -> tuple[int, bytes]:
    flags, parts = 0, []
    if hints.written_at is not None:
        flags |= WRITTEN_AT
        parts.append(_U64.pack(round(hints.written_at * 1e3)))
    if hints.fresh_until is not None:
        flags |= FRESH_UNTIL
        parts.append(_U64.pack(round(hints.fresh_until * 1e3)))
    if hints.cost is not None:
        flags |= COST
        parts.append(_U32.pack(min(round(hints.cost * 1e6), 0xFFFFFFFF)))
    if hints.writer is not None:
        flags |= WRITER
        name = hints.writer.encode("utf-8")[:255]
        parts.append(bytes([len(name)]) + name)
    if hints.schema is not None:
        flags |= SCHEMA
        parts.append(hints.schema)
    return flags, b"".join(parts)


def _unpack_hints(view: Bytes, offset: int, flags: int) -> tuple[Hints, int]:
    written_at = fresh_until = cost = writer = schema = None
    if flags & WRITTEN_AT:
        written_at = _U64.unpack_from(view, offset)[0] / 1e3
        offset += 8
    if flags & FRESH_UNTIL:
        fresh_until = _U64.unpack_from(view, offset)[0] / 1e3
        offset += 8
    if flags & COST:
        cost = _U32.unpack_from(view, offset)[0] / 1e6
        offset += 4
    if flags & WRITER:
        end = offset + 1 + view[offset]
        named = str(view[offset + 1 : end], "utf-8", "replace")
        writer = "".join(char if char.isprintable() else "?" for char in named)  # it gets logged
        offset = end
    if flags & SCHEMA:
        schema = bytes(view[offset : offset + 8])
        offset += 8
    return Hints(written_at, fresh_until, cost, writer, schema), offset


def _skip_hints(view: Bytes, offset: int, flags: int) -> int:
    if flags & ~_KNOWN_FLAGS:
        raise Unreadable(Reason.NEWER_FORMAT, f"flags {flags:#06x} are not all known")
    try:
        return _unpack_hints(view, offset, flags)[1]
    except (struct.error, IndexError):
        raise Unreadable(Reason.CORRUPT, "cut off in the optional fields") from None
