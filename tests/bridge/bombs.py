"""Hostile entries: what hung a loader, took gigabytes, overran a stack or ran code."""

from __future__ import annotations

import struct


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def name(full: str) -> bytes:
    module, _, qualname = full.rpartition(".")
    return b"c" + module.encode() + b"\n" + qualname.encode() + b"\n"


def call(full: str, arguments: bytes) -> bytes:
    return b"\x80\x04" + name(full) + arguments + b"R."


HUGE = b"\x8a\x05" + (1 << 32).to_bytes(5, "little")
HUGE_RANGE = name("builtins.range") + b"J\x00\x00\x00\x10\x85R"
DEQUES = b"N" + b"".join(
    [b"q\x000" + name("collections.deque") + b")Rq\x010h\x01h\x00a" for _ in range(20_000)]
)
COLLIDING = [(i * ((1 << 61) - 1)).to_bytes(16, "little") for i in range(5, 20_000)]

PICKLES: dict[str, bytes] = {
    "memo index": b"Nr\xff\xff\xff\x0f.",
    "memo index as text": b"Np4294967295\n.",
    "shared key": b"}N" + b"2\x86" * 50 + b"Ns.",
    "shared member": b"\x80\x04\x8f(N" + b"2\x86" * 50 + b"\x90.",
    "shared member of a named set": b"\x80\x02"
    + name("__builtin__.set")
    + b"](N"
    + b"2\x86" * 50
    + b"e\x85R.",
    "huge bytearray": call("builtins.bytearray", HUGE + b"\x85"),
    "huge bytes": call("builtins.bytes", HUGE + b"\x85"),
    "set of a huge range": b"\x80\x04" + name("builtins.set") + HUGE_RANGE + b"\x85R.",
    "list of a huge range": b"\x80\x04" + name("builtins.list") + HUGE_RANGE + b"\x85R.",
    "deque of a huge range": call("collections.deque", HUGE_RANGE + b"\x85"),
    "many lists, none closed": b"]" * 300_000,
    "many nested lists": b"]" * 300_000 + b"a" * 299_999 + b".",
    "100,000 nested tuples": b")" + b"\x85" * 100_000 + b".",
    "100,000 nested tuples as key": b"})" + b"\x85" * 100_000 + b"Ns.",
    "nested deques": DEQUES + b".",
    "nested deques, dropped": DEQUES + b"0N.",
    "nested deques, damaged": DEQUES + b"\xff",
    "a million marks": b"(" * 1_000_000,
    "a shared long list": b"](" + b"K\x01" * 50_000 + b"eq\x000](" + b"h\x00" * 500_000 + b"e.",
    "digits": b"L" + b"9" * 1_000_000 + b"L\n.",
    "digits of a float": b"F" + b"9" * 1_000_000 + b"\n.",
    "bits": b"\x8b" + struct.pack("<i", 1_000_000) + b"\x7f" * 1_000_000 + b".",
    "digits of a Decimal": call("decimal.Decimal", text("9" * 100_000) + b"\x85"),
    "power of a Fraction": call("fractions.Fraction", text("1E1000000000") + b"\x85"),
    "digits of an int": call("builtins.int", text("9" * 100_000) + b"\x85"),
    "colliding integers": b"}(" + b"".join(b"\x8a\x10" + key + b"N" for key in COLLIDING) + b"u.",
    "colliding integers, one by one": b"}"
    + b"".join(b"\x8a\x10" + key + b"Ns" for key in COLLIDING)
    + b".",
    "command": b"cos\nsystem\n(S'touch executed'\ntR.",
    "command of Python 2": b"cposix\nsystem\n(S'touch executed'\ntR.",
    "command by import": b"c__builtin__\n__import__\n(S'os'\ntR.",
    "command by getattr": b"\x80\x04"
    + name("builtins.getattr")
    + name("copyreg.__newobj__")
    + text("__globals__")
    + b"\x86R.",
    "subclasses": b"\x80\x04"
    + name("builtins.getattr")
    + name("builtins.object")
    + text("__subclasses__")
    + b"\x86R.",
    "dotted": b"\x80\x04" + text("datetime") + text("sys.modules") + b"\x93.",
    "codec": call("_codecs.encode", text("x") + text("zlib_codec") + b"\x86"),
    "state of a class": name("uuid.UUID") + b"}" + text("__init__") + b"Nsb.",
    "persistent": b"Psecret\n.",
    "buffer": b"\x80\x05\x97.",
    "extension": b"\x80\x02\x82\x01.",
    "lying length": b"X\xff\xff\xff\x7f.",
    "lying long length": b"\x80\x04\x8e" + b"\xff" * 8 + b".",
    "lying frame": b"\x80\x04\x95" + b"\xff" * 8 + b"N.",
    "negative length": b"T\xff\xff\xff\xff.",
    "factory": b"\x80\x04" + name("collections.defaultdict") + name("builtins.getattr") + b"\x85R.",
    "reconstructed bytearray": name("copy_reg._reconstructor")
    + b"("
    + name("__builtin__.bytearray") * 2
    + HUGE
    + b"tR.",
    "lying datetime": call("datetime.datetime", b"C\x0a\x07\xe3\x01\x63\xff\xff\xff\0\0\0\x85"),
    "unfinished uuid": b"\x80\x02cuuid\nUUID\n)\x81.",
    "protocol 6": b"\x80\x06N.",
    "many steps": b"\x80\x04" + b"N0" * (4 << 20) + b"N.",
}

PORTABLES: dict[str, bytes] = {
    "lying array": b"\xdd\xff\xff\xff\xff\x01",
    "lying map": b"\xdf\xff\xff\xff\xff\x01",
    "lying text": b"\xdb\xff\xff\xff\xff\x01",
    "lying extension": b"\xc9\xff\xff\xff\xff\x20",
    "100,000 nested arrays": b"\x91" * 100_000 + b"\x90",
    "many empty arrays": b"\xdd" + struct.pack(">I", 8_000_000) + b"\x90" * 8_000_000,
    "many empty maps": b"\xdd" + struct.pack(">I", 2_000_000) + b"\x80" * 2_000_000,
    "colliding integers": b"\xdc"
    + struct.pack(">H", len(COLLIDING) + 1)
    + b"\xc7\x00\x41"
    + b"".join(b"\xd8\x20" + key[::-1] for key in COLLIDING),
    "digits of a Decimal": b"\xc9" + struct.pack(">I", 3_000_000) + b"\x23" + b"9" * 3_000_000,
    "exponent of a Decimal": b"\xc7\x0c\x23" + b"1E9999999999",
    "a mark that heads no array": b"\xc7\x00\x40",
    "a mark inside": b"\x92\x01\xc7\x00\x40",
    "a mark with bytes": b"\x91\xc7\x01\x40\x00",
    "a mark as key": b"\x81\xc7\x00\x40\x01",
    "an unknown extension": b"\xc7\x00\x7f",
    "a registered class": b"\x94\xc7\x00\x49\xa3abc\xc4\x04\0\0\0\0\x01",
    "a zone with a path": b"\xc7\x0e\x2b\x04../../etc/tzz",
    "the byte C1": b"\xc1",
    "nothing": b"",
}
