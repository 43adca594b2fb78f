"""The shape of a pickle: what is left of it without the constants that cannot decide its fate.

Rules:
1. Kept are all opcodes but those of memo and frames, and texts short enough to be the name of an
   attribute, a zone, a code or a member. Numbers and longer texts are left out.
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
_NUMBERS = dict.fromkeys(b"IJKLMG\x8a\x8bF", b"K")
_KEPT = frozenset(b"ci\x80\x82\x83\x84")
_BUILTINS = (
    *("bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list", "long"),
    *("object", "set", "str", "tuple", "unicode"),
)
_TABLE = [OPCODES.get(bytes([code])) for code in range(256)]

REGULAR = frozenset(
    {
        "_codecs.encode",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.Counter",
        "collections.deque",
        "copy_reg._reconstructor",
        "copyreg._reconstructor",
        "datetime.timedelta",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        *(f"{module}.{name}" for module in ("__builtin__", "builtins") for name in _BUILTINS),
    }
)
"""Names of whose calls only the number of arguments and their kinds can decide."""


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
    return digest.digest()


def whole(data: bytes) -> bytes:
    """Give a digest of all of a pickle."""
    return hashlib.blake2b(data, digest_size=16).digest()


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
