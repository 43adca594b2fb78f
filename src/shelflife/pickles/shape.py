"""The shape of a pickle: what is left of it without the constants that cannot decide its fate.

Rules:
1. Kept are all opcodes but those that fill the memo, and texts short enough to be the name of an
   attribute, a zone, a code or a member; of longer ones whether they are text at all. Binary
   numbers are left out, as every one of them loads; numbers in lines stay.
2. So two pickles of one shape load alike, if every class in them is restored by `object`'s own
   machinery or is in `REGULAR`. For others the digest of the whole pickle takes its place.
"""

from __future__ import annotations

import hashlib
import struct

from shelflife.pickles.table import OPCODES

_WORD = 64
_LEFT_OUT = frozenset(b"pqr\x94\x95")
_TEXTS = frozenset(b"SVTUX\x8c\x8d")
_NUMBERS = dict.fromkeys(b"JKMG\x8a\x8b", b"K")
_KEPT = frozenset(b"ciILFghj\x80\x82\x83\x84")
_UTF_8 = frozenset(b"X\x8c\x8d")
_TABLE = [OPCODES.get(bytes([code])) for code in range(256)]

REGULAR = frozenset(
    {
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.Counter",
        "copy_reg._reconstructor",
        "copyreg._reconstructor",
        *(
            f"{module}.{name}"
            for module in ("__builtin__", "builtins")
            for name in ("dict", "frozenset", "list", "object", "set", "tuple")
        ),
    }
)
"""Names whose calls no constant can make fail: not those that parse a text or check a number."""


def shape(data: bytes, end: int) -> bytes:
    """Give a digest of the shape of a pickle that `facts` has walked up to `end`."""
    digest = hashlib.blake2b(digest_size=16)
    pos = 0
    while pos < end:
        code = data[pos]
        opcode = _TABLE[code]
        if opcode is None:
            break
        start, pos = _argument(data, opcode.argument, pos + 1)
        if code in _LEFT_OUT:
            continue
        digest.update(_NUMBERS.get(code) or bytes([code]))
        if code in _KEPT or (code in _TEXTS and pos - start <= _WORD):
            digest.update(data[start:pos] + b"\n")
        elif code in _UTF_8 and not _is_text(data[start:pos]):
            digest.update(b"!")
    return digest.digest()


def whole(data: bytes) -> bytes:
    """Give a digest of all of a pickle."""
    return hashlib.blake2b(data, digest_size=16).digest()


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _argument(data: bytes, kind: object, pos: int) -> tuple[int, int]:
    if isinstance(kind, int):
        return pos, pos + kind
    if kind == "line":
        return pos, data.index(b"\n", pos) + 1
    if kind == "lines":
        return pos, data.index(b"\n", data.index(b"\n", pos) + 1) + 1
    width = struct.calcsize(str(kind))
    length: int = struct.unpack_from(str(kind), data, pos)[0]
    return pos + width, pos + width + length
