# -*- coding: utf-8 -*-
# mypy: ignore-errors
"""shelflife for Pythons that shelflife itself does not run on: 2.7, and 3.4 to 3.8 (newer too).

One file, standard library only. Copy it next to your code, or install `shelflife-bridge`.

    from shelflife_bridge import BridgeCache
    cache = BridgeCache(redis.StrictRedis(...), prefix="api:")
    cache.set("article:1", article); cache.get("article:1")

Rules:
1. A read is a value, or a miss that says why; never an exception, whatever the bytes are.
2. What cannot be read is not deleted: another release may read it well.
3. A set that stores nothing removes the key: an old value must not outlive its update.
4. A server that fails is a miss, or a write that returns False; `on_event` is told.
5. Pickles reach no loader. A machine of our own builds the value, within a budget, and calls
   nothing but what is on the allow list, with arguments of the right shape.
6. Text is `unicode` on Python 2 and `str` on Python 3; bytes are `str` and `bytes`.
7. The bytes are those of shelflife, whose docs/format.md and docs/format-portable.md define them.
   Its tests hold this file against them, on every Python.
8. This file stays readable for Python 2.6, so that the refusal below can be read there.
"""

from __future__ import absolute_import, division

import sys

if sys.version_info < (2, 7) or (3, 0) <= sys.version_info < (3, 4):
    raise ImportError(
        "shelflife_bridge needs Python 2.7, or 3.4 and newer; this is Python %d.%d. "
        "Entries are best read by a newer Python." % tuple(sys.version_info[:2])
    )

import binascii
import collections
import datetime
import decimal
import fractions
import gc
import io
import math
import pickletools
import platform
import re
import struct
import types
import uuid
import zlib

PY2 = sys.version_info[0] == 2
if PY2:
    import copy_reg as copyreg
    import cPickle as pickle

    text_type, integer_types, range_type = unicode, (int, long), xrange  # noqa: F821
else:
    import copyreg
    import pickle

    text_type, integer_types, range_type = str, (int,), range
try:
    from zoneinfo import ZoneInfo
except ImportError:
    ZoneInfo = None
timezone = getattr(datetime, "timezone", None)
ipaddress = pathlib = None
if not PY2:  # backports of these for Python 2 differ from what Python 3 has
    import ipaddress
    import pathlib

__version__ = "0.1.0"
__all__ = ["BridgeCache", "DjangoCache", "Event", "Lookup", "WerkzeugBridge", "flask_caching"]

MAX_BYTES = 16 * 1024 * 1024
MAX_STEPS = 4000000  # opcodes of a pickle, values of a portable payload
MAX_MEMORY = 128 * 1024 * 1024  # for containers
MAX_HASHING = 5000000  # parts of keys visited to hash and compare them
MAX_DEPTH = 255  # levels that are written; more are read
MAX_READ_DEPTH = 1000
MAX_DIGITS = 4300  # of one number in a pickle: reading more takes quadratic time


class Lookup(collections.namedtuple("Lookup", "hit value reason detail writer")):
    """What lies under a key: a hit with its value, or a miss with a reason."""

    __slots__ = ()


class Event(
    collections.namedtuple("Event", "kind operation key_class reason detail length writer")
):
    """What `on_event` is told. Holds no key, no value, and no byte of an entry.

    Kinds: unreadable, not-stored, lost-invalidation, server-error.
    """

    __slots__ = ()


class Unreadable(Exception):
    """Internal: an entry gives no value, for one of the reasons of a closed list."""

    def __init__(self, reason, detail):
        Exception.__init__(self, reason, detail)
        self.reason, self.detail = reason, detail


class NotStored(Exception):
    """Internal: a value is not written: not-portable, below-floor or too-large."""

    def __init__(self, reason, detail):
        Exception.__init__(self, reason, detail)
        self.reason, self.detail = reason, detail


def _corrupt(detail):
    return Unreadable("corrupt", detail)


def _lacks(what):
    """What this Python has no type or name for: the same reason as for a name that is gone."""
    return Unreadable("missing-name", "Python %d.%d has no %s" % (sys.version_info[:2] + (what,)))


def _shown(name):
    """Make a name that came from an entry fit for a log line."""
    plain = name.encode("ascii", "backslashreplace").decode("ascii")
    plain = "".join(char if char > " " else "?" for char in plain)
    return str(plain if len(plain) <= 120 else plain[:120] + "...")


# --- The envelope: docs/format.md -------------------------------------------------------------

GUARD = b"!"
START = b"\xc1SL\x01"
PORTABLE, PICKLE, TEXT, BYTES = 1, 2, 3, 4  # codecs
ZLIB = 1  # compression; 0 is none
WRITTEN_AT, FRESH_UNTIL, COST, WRITER, SCHEMA = 1, 2, 4, 8, 16  # flags, in their fields' order
_REST = struct.Struct("<IBBHI")
_CHECKED = struct.Struct("<BBHI")


def seal(codec, payload, writer=None, compress=False, guard=True):
    """Put the envelope around a payload."""
    compression = 0
    if compress:
        smaller = zlib.compress(payload)
        if len(smaller) < len(payload):
            compression, payload = ZLIB, smaller
    flags, optional = 0, b""
    if writer is not None:
        name = writer.encode("utf-8")[:255]
        flags, optional = WRITER, struct.pack("<B", len(name)) + name
    checked = _CHECKED.pack(codec, compression, flags, len(payload)) + optional + payload
    crc = zlib.crc32(checked, zlib.crc32(START)) & 0xFFFFFFFF
    return (GUARD if guard else b"") + START + struct.pack("<I", crc) + checked


def looks_sealed(raw):
    """Whether an entry begins as an envelope of any version does, with or without the guard."""
    return raw[:1] == START[:1] or raw[:2] == GUARD + START[:1]


def nearly_sealed(raw):
    """Whether an entry is an envelope but for one damaged byte at its start: no value, then."""
    heads = (raw[:4], raw[1:5])
    return any(sum(head[i : i + 1] == START[i : i + 1] for i in range(4)) >= 3 for head in heads)


def unseal(raw, max_bytes):
    """Check an envelope and give its codec and payload."""
    at = 1 if raw[:1] == GUARD else 0
    start = raw[at : at + 4]
    if start != START:
        if len(start) == 4 and start[:3] == START[:3] and start[3:] > START[3:]:
            raise Unreadable("newer-format", "an envelope of a later version")
        raise _corrupt("cut off in the header, or the magic is damaged")
    if len(raw) < at + 16:
        raise _corrupt("cut off in the header")
    crc, codec, compression, flags, length = _REST.unpack_from(raw, at + 4)
    if zlib.crc32(raw[at + 8 :], zlib.crc32(START)) & 0xFFFFFFFF != crc:
        raise _corrupt("the checksum does not match")
    if flags & ~31:
        raise Unreadable("newer-format", "an unknown flag in the header")
    payload = raw[_read_writer(raw, at, flags)[1] :]
    if len(payload) != length:
        raise _corrupt("the payload has not the length that the header says")
    if compression == ZLIB:
        payload = _decompress(payload, max_bytes)
    elif compression:
        raise Unreadable("newer-format", "compression %d is not known" % compression)
    return codec, payload


def read_writer(raw):
    """Give the release and runtime that an envelope names, unchecked; None if it names none."""
    at = 1 if raw[:1] == GUARD else 0
    if raw[at : at + 4] != START or len(raw) < at + 16:
        return None
    flags = _REST.unpack_from(raw, at + 4)[3]
    try:
        return None if flags & ~31 else _read_writer(raw, at, flags)[0]
    except Unreadable:
        return None


def _read_writer(raw, at, flags):
    """Give the writer and the offset behind the optional fields."""
    pos, writer = at + 16, None
    pos += 8 * bool(flags & WRITTEN_AT) + 8 * bool(flags & FRESH_UNTIL) + 4 * bool(flags & COST)
    if flags & WRITER:
        if pos >= len(raw):
            raise _corrupt("cut off in the optional fields")
        end = pos + 1 + ord(raw[pos : pos + 1])
        named = raw[pos + 1 : end].decode("utf-8", "replace")
        writer, pos = _shown_writer(named), end
    pos += 8 * bool(flags & SCHEMA)
    if pos > len(raw):
        raise _corrupt("cut off in the optional fields")
    return writer, pos


def _shown_writer(named):
    """It gets logged: control characters would forge lines."""
    return re.sub(u"[\x00-\x1f\x7f-\x9f\u2028\u2029]", u"?", named)


def _decompress(payload, max_bytes):
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(payload, max_bytes + 1)
        if len(data) > max_bytes:
            raise Unreadable("too-large", "decompresses to more than %d bytes" % max_bytes)
        # What is left is nothing, or the end of the stream; Python 2.7 tells it only by flushing.
        whole = not inflate.unconsumed_tail and not inflate.unused_data and not inflate.flush()
    except zlib.error:
        raise _corrupt("does not decompress")
    if not whole or not getattr(inflate, "eof", True):
        raise _corrupt("the compressed payload has the wrong length")
    if PY2 and payload[-4:] != struct.pack(">I", zlib.adler32(data) & 0xFFFFFFFF):
        raise _corrupt("the compressed payload is cut off")
    return data


# --- Portable payloads: docs/format-portable.md -----------------------------------------------

BIG_INT, SURROGATES, BYTEARRAY, DECIMAL, FRACTION, COMPLEX = range(32, 38)
DATETIME, DATE, TIME, TIMEDELTA, TIMEZONE, ZONEINFO, UUID = range(38, 45)
PURE_POSIX_PATH, PURE_WINDOWS_PATH, POSIX_PATH, WINDOWS_PATH = range(45, 49)
IPV4_ADDRESS, IPV6_ADDRESS, IPV4_NETWORK, IPV6_NETWORK = range(49, 53)
IPV4_INTERFACE, IPV6_INTERFACE = 53, 54
TUPLE, SET, FROZENSET, DICT, ORDERED_DICT, DEFAULTDICT = range(64, 70)
COUNTER, DEQUE, RANGE, REGISTERED = range(70, 74)

FACTORIES = {
    "bool": bool, "bytes": bytes, "Counter": collections.Counter, "deque": collections.deque,
    "dict": dict, "float": float, "frozenset": frozenset, "int": int, "list": list, "set": set,
    "str": text_type, "tuple": tuple,
}
MAX_TERM_BYTES = 1024  # of a Fraction
MAX_RANGE_BITS = 8192
_NAIVE, _UTC, _OFFSET, _NAMED_OFFSET, _ZONE = range(5)
_FOLD = 128
_KEY = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9][A-Za-z0-9_+-]*(?:/[A-Za-z0-9][A-Za-z0-9_+-]*)*\Z")
_EXACT = decimal.Context(
    prec=getattr(decimal, "MAX_PREC", 999999999),
    Emin=getattr(decimal, "MIN_EMIN", -999999999),
    Emax=getattr(decimal, "MAX_EMAX", 999999999),
    capitals=1,
    traps=[decimal.InvalidOperation],
)
_PASS = "strict" if PY2 else "surrogatepass"  # Python 2's UTF-8 passes surrogates by itself
_SURROGATE = re.compile(u"[\ud800-\udfff]")
_LONE = _SURROGATE
if sys.maxunicode == 0xFFFF:  # where a pair is how a character beyond 16 bits is kept
    _LONE = re.compile(u"[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
_SURROGATE_BYTES = re.compile(b"\xed[\xa0-\xbf]")
_MINUTE = 60 * 1000 * 1000
_NO_FOLD = sys.version_info < (3, 6)


def _to_utf8(text):
    """Encode text that may hold lone surrogates."""
    if PY2 and sys.maxunicode > 0xFFFF and _SURROGATE.search(text):
        return b"".join(char.encode("utf-8") for char in text)  # else it would join pairs
    return text.encode("utf-8", _PASS)


def _from_utf8(data):
    """Decode proper UTF-8; Python 2 alone would take surrogates."""
    if PY2 and _SURROGATE_BYTES.search(data):
        raise _corrupt("the text is not UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _corrupt("the text is not UTF-8")


def _int_bytes(number):
    """Two's complement, big-endian."""
    size = (number.bit_length() >> 3) + 1
    digits = "%0*x" % (2 * size, number if number >= 0 else number + (1 << 8 * size))
    return binascii.unhexlify(digits.encode("ascii"))


def _from_int_bytes(data):
    number = int(binascii.hexlify(data) or b"0", 16)
    return number - (1 << 8 * len(data)) if data[:1] >= b"\x80" else number


def _head(length, fixed, most, codes):
    """The head of a sized value: `fixed` for up to `most`, else a code and 1, 2 or 4 bytes."""
    if length <= most:
        return struct.pack(">B", fixed | length)
    for code, size in zip(codes, (8, 16, 32)):
        if code and length < 1 << size:
            return struct.pack(">B" + {8: "B", 16: "H", 32: "I"}[size], code, length)
    raise NotStored("too-large", "a part of %d bytes or members" % length)


def _pack_int(number):
    if not -(1 << 63) <= number < 1 << 64:
        return _pack_ext(BIG_INT, _int_bytes(number))
    if -32 <= number < 128:
        return struct.pack(">B", number & 0xFF)
    signed = number < 0
    for size, code, form in ((8, 0xCC, "B"), (16, 0xCD, "H"), (32, 0xCE, "I"), (64, 0xCF, "Q")):
        if signed and number >= -(1 << size - 1):
            return struct.pack(">B" + form.lower(), code + 4, number)
        if not signed and number < 1 << size:
            return struct.pack(">B" + form, code, number)


def _pack_ext(number, data):
    fixed = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}.get(len(data))
    head = struct.pack(">B", fixed) if fixed else _head(len(data), 0, -1, (0xC7, 0xC8, 0xC9))
    return head + struct.pack(">b", number) + data


def _pack_text(text):
    if _LONE.search(text):
        return _pack_ext(SURROGATES, _to_utf8(text))
    data = text.encode("utf-8")
    return _head(len(data), 0xA0, 31, (0xD9, 0xDA, 0xDB)) + data


def _pack_bytes(data):
    return _head(len(data), 0, -1, (0xC4, 0xC5, 0xC6)) + data


def _float_bytes(value):
    if PY2 and value != value:
        return b"\x7f\xf8\0\0\0\0\0\0"  # as Python 3 spells it
    return struct.pack(">d", value)


def _pack_fraction(value):
    terms = _int_bytes(value.numerator), _int_bytes(value.denominator)
    if max(map(len, terms)) > MAX_TERM_BYTES:
        raise NotStored("not-portable", "a Fraction with terms beyond %d bytes" % MAX_TERM_BYTES)
    return _pack_ext(FRACTION, struct.pack(">H", len(terms[0])) + terms[0] + terms[1])


def _pack_datetime(value):
    data = struct.pack(
        ">HBBBBBI", value.year, value.month, value.day, value.hour, value.minute, value.second,
        value.microsecond,
    )
    return _pack_ext(DATETIME, data + _tail(value))


def _pack_time(value):
    data = struct.pack(">BBBI", value.hour, value.minute, value.second, value.microsecond)
    return _pack_ext(TIME, data + _tail(value))


def _tail(value):
    """The zone and fold of a datetime or time; nothing for a naive one with fold 0."""
    fold = getattr(value, "fold", 0)
    if value.tzinfo is None and not fold:
        return b""
    data = b"\0" if value.tzinfo is None else _zone_bytes(value.tzinfo)
    return struct.pack(">B", ord(data[:1]) | _FOLD * fold) + data[1:]


def _zone_bytes(zone):
    kind = type(zone)
    if timezone is not None and kind is timezone:
        if zone is timezone.utc:
            return struct.pack(">B", _UTC)
        named = zone.__getinitargs__()
        offset = named[0] // datetime.timedelta(microseconds=1)
        if len(named) == 1:
            return struct.pack(">Bq", _OFFSET, offset)
        return struct.pack(">Bq", _NAMED_OFFSET, offset) + _to_utf8(named[1])
    if ZoneInfo is not None and kind is ZoneInfo and _KEY.match(zone.key or ""):
        return struct.pack(">B", _ZONE) + zone.key.encode("ascii")
    raise NotStored("not-portable", "a zone that is neither a timezone nor a ZoneInfo with a key")


def _pack_uuid(value):
    data, safety = value.bytes, getattr(value, "is_safe", None)
    if safety is not None and safety is not uuid.SafeUUID.unknown:
        data += b"\0" if safety is uuid.SafeUUID.safe else b"\1"
    return _pack_ext(UUID, data)


def _scope(address):
    scope = getattr(address, "scope_id", None)
    return b"" if scope is None else _to_utf8(scope)


_SCALARS = {
    type(None): lambda value: b"\xc0",
    bool: lambda value: b"\xc3" if value else b"\xc2",
    float: lambda value: b"\xcb" + _float_bytes(value),
    text_type: _pack_text,
    bytes: _pack_bytes,
    bytearray: lambda value: _pack_ext(BYTEARRAY, bytes(value)),
    decimal.Decimal: lambda v: _pack_ext(DECIMAL, _EXACT.to_sci_string(v).encode("ascii")),
    fractions.Fraction: _pack_fraction,
    complex: lambda v: _pack_ext(COMPLEX, _float_bytes(v.real) + _float_bytes(v.imag)),
    datetime.datetime: _pack_datetime,
    datetime.date: lambda v: _pack_ext(DATE, struct.pack(">HBB", v.year, v.month, v.day)),
    datetime.time: _pack_time,
    datetime.timedelta: lambda v: _pack_ext(
        TIMEDELTA, struct.pack(">iII", v.days, v.seconds, v.microseconds)
    ),
    uuid.UUID: _pack_uuid,
}
_SCALARS.update((kind, _pack_int) for kind in integer_types)
if timezone is not None:
    _SCALARS[timezone] = lambda zone: _pack_ext(TIMEZONE, _zone_bytes(zone))
if ZoneInfo is not None:
    _SCALARS[ZoneInfo] = lambda zone: _pack_ext(ZONEINFO, _zone_bytes(zone))
_PATHS, _ADDRESSES = {}, {}


def _add_path(number, kind):
    _PATHS[number] = kind
    _SCALARS[kind] = lambda value: _pack_ext(number, _to_utf8(str(value)))


def _add_address(number, name):
    kind = _ADDRESSES[number] = getattr(ipaddress, name)
    if name.endswith("Address"):
        _SCALARS[kind] = lambda value: _pack_ext(number, value.packed + _scope(value))
        return

    def pack(value):
        address = value.network_address if name.endswith("Network") else value
        prefix = value.prefixlen if name.endswith("Network") else value.network.prefixlen
        return _pack_ext(number, struct.pack(">B", prefix) + address.packed + _scope(address))

    _SCALARS[kind] = pack


if not PY2:
    for _number, _name in enumerate(
        ["PurePosixPath", "PureWindowsPath", "PosixPath", "WindowsPath"], PURE_POSIX_PATH
    ):
        _add_path(_number, getattr(pathlib, _name))
    for _number, _name in enumerate(
        ["IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network", "IPv4Interface",
         "IPv6Interface"], IPV4_ADDRESS
    ):
        _add_address(_number, _name)


def _flat(mapping):
    return [part for pair in mapping.items() for part in pair]


def _expand_defaultdict(value):
    factory = value.default_factory
    names = [name for name in FACTORIES if FACTORIES[name] is factory]
    if factory is not None and not names:
        raise NotStored("not-portable", "a defaultdict with a factory of its own")
    return [text_type(names[0]) if names else None] + _flat(value)


def _expand_range(value):
    start, stop, step = value.__reduce__()[1]
    if max(abs(term).bit_length() for term in (start, stop, step)) > MAX_RANGE_BITS:
        raise NotStored("not-portable", "a range with terms beyond %d bits" % MAX_RANGE_BITS)
    return [start, stop, step]


_CONTAINERS = {
    tuple: (TUPLE, list),
    set: (SET, list),
    frozenset: (FROZENSET, list),
    dict: (DICT, _flat),
    collections.OrderedDict: (ORDERED_DICT, _flat),
    collections.defaultdict: (DEFAULTDICT, _expand_defaultdict),
    collections.Counter: (COUNTER, _flat),
    collections.deque: (DEQUE, lambda value: [value.maxlen] + list(value)),
    range_type: (RANGE, _expand_range),
}


class _Packer(object):
    """Makes the portable payload of one value, of at most `room` bytes."""

    def __init__(self, room, as_text):
        self.room, self.as_text = room, as_text
        self.above = set()  # the containers that are open

    def pack(self, value):
        parts = []
        try:
            self.add(value, parts)
        except RuntimeError:  # RecursionError
            raise NotStored("not-portable", "it nests too deeply")
        return b"".join(parts)

    def add(self, value, parts):
        """Append the pieces of a value; the only frame that a level of nesting takes."""
        kind = type(value)
        if PY2 and kind is str and self.as_text:
            value = _py2_text(value)
            kind = type(value)
        if kind in _SCALARS:
            self.put(_SCALARS[kind](value), parts)
            return
        number, members = self.open(value, kind)
        if number in (SET, FROZENSET):
            self.put_head(number, len(members), parts)
            parts.extend(sorted(self.pack_member(member) for member in members))
        else:
            self.put_head(number, len(members), parts)
            for member in members:
                self.add(member, parts)
        self.above.discard(id(value))

    def pack_member(self, member):
        parts = []
        self.add(member, parts)
        return b"".join(parts)

    def open(self, value, kind):
        """Give the mark (or None, -1 for a map) and the members of a container."""
        if kind is not list and kind not in _CONTAINERS:
            name = "%s.%s" % (kind.__module__, kind.__name__)
            raise NotStored("not-portable", name + " is not portable")
        if id(value) in self.above:
            raise NotStored("not-portable", "it contains itself")
        if len(self.above) > MAX_DEPTH:
            raise NotStored("not-portable", "it nests deeper than %d levels" % MAX_DEPTH)
        self.above.add(id(value))
        if kind is list:
            return None, value
        if kind is dict and all(self.is_field(key) for key in value):
            return -1, _flat(value)
        number, expand = _CONTAINERS[kind]
        return number, expand(value)

    def is_field(self, key):
        if PY2 and type(key) is str and self.as_text:
            key = _py2_text(key)
        return type(key) is text_type and not _LONE.search(key)

    def put_head(self, number, count, parts):
        if number == -1:
            self.put(_head(count // 2, 0x80, 15, (0, 0xDE, 0xDF)), parts)
            return
        mark = b"" if number is None else _pack_ext(number, b"")
        self.put(_head(count + bool(mark), 0x90, 15, (0, 0xDC, 0xDD)) + mark, parts)

    def put(self, piece, parts):
        self.room -= len(piece)
        if self.room < 0:
            raise NotStored("too-large", "its entry would be larger than max_bytes")
        parts.append(piece)


def _py2_text(data):
    """Text of an 8-bit string of Python 2 that is UTF-8; else the string itself."""
    try:
        return data if _SURROGATE_BYTES.search(data) else data.decode("utf-8")
    except UnicodeDecodeError:
        return data


class _Spending(object):
    """What one read may still spend."""

    def __init__(self):
        self.hashing, self.memory = MAX_HASHING, MAX_MEMORY

    def take_memory(self, size):
        self.memory -= size
        if self.memory < 0:
            raise Unreadable("over-budget", "the value takes too much memory")

    def take_hashing(self, cost):
        self.hashing -= cost
        if self.hashing < 0:
            raise Unreadable("over-budget", "its keys take too long to hash and compare")

    def take_keys(self, keys, cost_of=None, seen=None):
        """Charge hashing keys, and comparing those whose hashes are equal."""
        if not PY2 and all(type(key) in (str, bytes) for key in keys):
            return  # hashed with a secret
        seen = {} if seen is None else seen  # how often each hash was met
        for key in keys:
            cost = 1 if cost_of is None else cost_of(key)
            self.take_hashing(cost)
            number = hash(key)
            seen[number] = alike = seen.get(number, 0) + 1
            if alike > 1:
                self.take_hashing(cost * alike)


def _fill(made, keys, values):
    """Put pairs into a mapping, or keys into a set; no two of them may be one key."""
    before = len(made)
    if values is None:
        made.update(keys)
    else:
        for key, value in zip(keys, values):  # `update` would add up in a Counter
            made[key] = value
    if len(made) - before == len(keys):
        return made
    if PY2 and any(type(key) is text_type for key in keys):
        raise Unreadable("load-error", "two keys, text and bytes, are one key on Python 2")
    raise _corrupt("a key occurs twice")


class _Mark(object):
    """The head of an array that is to become another container."""

    def __init__(self, number):
        self.number = number


def unpack(data):
    """Decode a portable payload."""
    return _Unpacker(data).run()


class _Unpacker(object):
    """Reads MessagePack without recursion; what is open waits on a stack of its own."""

    FIXED = {
        0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
        0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
    }
    CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
    SIZED = {
        0xC4: (">B", "bytes"), 0xC5: (">H", "bytes"), 0xC6: (">I", "bytes"),
        0xC7: (">B", "ext"), 0xC8: (">H", "ext"), 0xC9: (">I", "ext"),
        0xD9: (">B", "text"), 0xDA: (">H", "text"), 0xDB: (">I", "text"),
        0xDC: (">H", "array"), 0xDD: (">I", "array"), 0xDE: (">H", "map"), 0xDF: (">I", "map"),
    }

    def __init__(self, data):
        self.data, self.octets, self.pos = data, bytearray(data), 0
        self.spending = _Spending()
        self.open = []  # of (members, how many are wanted, whether it is a map)
        self.members, self.wanted, self.is_map = [], 1, False

    def run(self):
        for _ in range_type(MAX_STEPS):
            if self.pos >= len(self.octets):
                raise _corrupt("the payload is cut off")
            first = self.octets[self.pos]
            self.pos += 1
            if first < 0x80 or first >= 0xE0:
                self.members.append(first if first < 0x80 else first - 256)
            elif 0xA0 <= first < 0xC0:
                self.members.append(_from_utf8(self.take(first & 31)))
            else:
                self.other(first)
            while len(self.members) == self.wanted:
                if not self.open:
                    return self.members[0]
                value = self.close()
                self.members, self.wanted, self.is_map = self.open.pop()
                self.members.append(value)
        raise Unreadable("over-budget", "the payload has more than %d values" % MAX_STEPS)

    def other(self, first):
        """Read a value, or open a container, that is no short number or text."""
        if first < 0xA0:
            self.enter(first & 15, first < 0x90)
        elif first in self.CONSTANTS:
            self.members.append(self.CONSTANTS[first])
        elif first in self.FIXED:
            self.members.append(self.number(self.FIXED[first]))
        elif 0xD4 <= first <= 0xD8:
            self.extension(1 << first - 0xD4)
        elif first in self.SIZED:
            self.sized(*self.SIZED[first])
        else:
            raise _corrupt("holds the byte C1, which MessagePack never uses")

    def take(self, length):
        end = self.pos + length
        if end > len(self.octets):
            raise _corrupt("announces more than there is")
        taken = self.data[self.pos : end]
        self.pos = end
        return taken

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def sized(self, form, what):
        length = self.number(form)
        if what == "array" or what == "map":
            self.enter(length, what == "map")
        elif what == "ext":
            self.extension(length)
        else:
            data = self.take(length)
            self.members.append(data if what == "bytes" else _from_utf8(data))

    def enter(self, length, is_map):
        count = 2 * length if is_map else length
        if count > len(self.octets) - self.pos:
            raise _corrupt("announces more than there is")
        if len(self.open) > MAX_READ_DEPTH:
            raise Unreadable("over-budget", "the value is too deep")
        self.spending.take_memory(320 if is_map else 120)
        self.open.append((self.members, self.wanted, self.is_map))
        self.members, self.wanted, self.is_map = [], count, is_map

    def extension(self, length):
        number = struct.unpack(">b", self.take(1))[0]
        data = self.take(length)
        if TUPLE <= number <= REGISTERED:
            if data or self.members or self.is_map or not self.open:
                raise _corrupt("a mark that is not the head of an array")
            self.members.append(_Mark(number))
        elif number in _DECODERS:
            self.members.append(_decode(_DECODERS[number], data))
        else:
            raise Unreadable("newer-format", "extension type %d is not known" % number)

    def close(self):
        members = self.members
        if self.is_map:
            if not all(type(key) is text_type for key in members[::2]):
                raise _corrupt("a map with a key that is no text")
            self.spending.take_keys(members[::2])
            return dict(zip(members[::2], members[1::2]))
        if members and type(members[0]) is _Mark:
            return _decode(self.build, members[0].number, members[1:])
        return members

    def build(self, number, content):
        if number == TUPLE:
            return tuple(content)
        if number in (SET, FROZENSET):
            self.spending.take_memory(232)
            self.spending.take_keys(content)
            made = _fill(set(), content, None)
            return made if number == SET else frozenset(made)
        if number == DEQUE:
            self.spending.take_memory(640)
            return collections.deque(content[1:], content[0])
        if number == RANGE:
            return _range(*content)
        if number == REGISTERED:
            return self.registered(*content)
        made = {DICT: dict, ORDERED_DICT: collections.OrderedDict, COUNTER: collections.Counter}
        made = made.get(number, collections.defaultdict)()
        if number == DEFAULTDICT:
            name = content.pop(0)
            made.default_factory = None if name is None else FACTORIES[name]
        if len(content) % 2:
            raise _corrupt("a key without a value")
        self.spending.take_memory(640)
        self.spending.take_keys(content[::2])
        return _fill(made, content[::2], content[1::2])

    def registered(self, name, fingerprint, _):
        if type(name) is not text_type or type(fingerprint) is not bytes or len(fingerprint) != 4:
            raise _corrupt("a registered value is not written as it should be")
        raise Unreadable("missing-name", "type name %s: the bridge has no types" % _shown(name))


def _decode(decoder, *args):
    """Whatever a constructor says of what it is given: the payload is not what a writer writes."""
    try:
        return decoder(*args)
    except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError, struct.error):
        raise _corrupt("the payload is not what the portable codec writes")


def _range(start, stop, step):
    if max(abs(term).bit_length() for term in (start, stop, step)) > MAX_RANGE_BITS:
        raise ValueError("a range with terms too long")
    if PY2:
        try:
            return range_type(start, stop, step)
        except OverflowError:
            raise _lacks("xrange that reaches so far")
    return range_type(start, stop, step)


def _decode_decimal(data):
    if PY2 and len(data) > 20000:
        raise Unreadable("over-budget", "a Decimal of %d characters" % len(data))
    return decimal.Decimal(data.decode("ascii"), _EXACT)


def _decode_fraction(data):
    end = 2 + struct.unpack_from(">H", data)[0]
    terms = _from_int_bytes(data[2:end]), _from_int_bytes(data[end:])
    if len(data) > 2 + 2 * MAX_TERM_BYTES:
        raise ValueError("terms that are too long")
    value = fractions.Fraction(*terms)
    if (value.numerator, value.denominator) != terms:
        raise ValueError("not in lowest terms")
    return value


def _decode_datetime(data):
    return _moment(datetime.datetime, struct.unpack(">HBBBBBI", data[:11]), data[11:])


def _decode_time(data):
    return _moment(datetime.time, struct.unpack(">BBBI", data[:7]), data[7:])


def _moment(kind, fields, tail, zone=None, fold=0):
    if tail:
        fold, zone = ord(tail[:1]) >> 7, _decode_zone(ord(tail[:1]) & ~_FOLD, tail[1:])
    if not fold:
        return kind(*fields, tzinfo=zone)
    if _NO_FOLD:
        raise _lacks("datetime with a fold")
    return kind(*fields, tzinfo=zone, fold=1)


def _decode_zone(kind, rest):
    if kind == _NAIVE and not rest:
        return None
    if kind == _ZONE:
        return _load_zone(rest.decode("ascii"))
    if kind == _UTC and not rest:
        return _timezone(0, None)
    micros = struct.unpack_from(">q", rest)[0]
    if kind == _OFFSET and len(rest) == 8:
        return _timezone(micros, None)
    if kind == _NAMED_OFFSET:
        return _timezone(micros, rest[8:].decode("utf-8", _PASS))
    raise ValueError("this kind of zone is not known")


def _timezone(micros, name):
    if timezone is None:
        raise _lacks("datetime.timezone")
    if micros % _MINUTE and sys.version_info < (3, 7):
        raise _lacks("offset from UTC of a part of a minute")
    offset = datetime.timedelta(microseconds=micros)
    if name is None:
        return timezone(offset) if micros else timezone.utc
    return timezone(offset, name)


def _load_zone(key):
    if not _KEY.match(key):
        raise ValueError("this is no key of a zone")
    if ZoneInfo is None:
        raise _lacks("zoneinfo.ZoneInfo")
    try:
        return ZoneInfo(key)
    except (LookupError, EnvironmentError, ValueError):
        raise Unreadable("missing-name", "a time zone that this machine does not know")


def _decode_lone_zone(data):
    zone = _decode_zone(ord(data[:1]), data[1:])
    if zone is None:
        raise ValueError("a zone without a zone")
    return zone


def _decode_uuid(data):
    made = uuid.UUID(bytes=data[:16])
    if len(data) > 16:
        if data[16:] not in (b"\0", b"\1"):
            raise ValueError("a UUID has 16 or 17 bytes")
        if hasattr(uuid, "SafeUUID"):
            safety = uuid.SafeUUID.safe if data[16:] == b"\0" else uuid.SafeUUID.unsafe
            object.__setattr__(made, "is_safe", safety)
    return made


def _path_decoder(number):
    def decode(data):
        if number not in _PATHS:
            raise _lacks("pathlib")
        if number == (POSIX_PATH if type(pathlib.Path()) is _PATHS[WINDOWS_PATH] else WINDOWS_PATH):
            raise Unreadable("load-error", "a concrete path of another operating system")
        return _PATHS[number](data.decode("utf-8", _PASS))

    return decode


def _address_decoder(number):
    lone, size = number <= IPV6_ADDRESS, 4 if number % 2 else 16

    def decode(data):
        if number not in _ADDRESSES:
            raise _lacks("ipaddress")
        prefix, data = (None, data) if lone else (ord(data[:1]), data[1:])
        packed, scope = data[:size], data[size:]
        if scope and (size == 4 or sys.version_info < (3, 9)):
            if size == 4:
                raise ValueError("a scope of IPv4")
            raise _lacks("IPv6 address with a scope")
        text = str(ipaddress.ip_address(packed))
        if len(packed) != size:
            raise ValueError("not the length of an address")
        text += "%" + scope.decode("utf-8", _PASS) if scope else ""
        return _ADDRESSES[number](text if lone else "%s/%d" % (text, prefix))

    return decode


_DECODERS = {
    BIG_INT: _from_int_bytes,
    SURROGATES: lambda data: data.decode("utf-8", _PASS),
    BYTEARRAY: bytearray,
    DECIMAL: _decode_decimal,
    FRACTION: _decode_fraction,
    COMPLEX: lambda data: complex(*struct.unpack(">dd", data)),
    DATETIME: _decode_datetime,
    DATE: lambda data: datetime.date(*struct.unpack(">HBB", data)),
    TIME: _decode_time,
    TIMEDELTA: lambda data: datetime.timedelta(*struct.unpack(">iII", data)),
    TIMEZONE: _decode_lone_zone,
    ZONEINFO: _decode_lone_zone,
    UUID: _decode_uuid,
}
_DECODERS.update((n, _path_decoder(n)) for n in range(PURE_POSIX_PATH, IPV4_ADDRESS))
_DECODERS.update((n, _address_decoder(n)) for n in range(IPV4_ADDRESS, IPV6_INTERFACE + 1))


# --- Pickles: docs/pickles.md -----------------------------------------------------------------

_TEXTS = (str, text_type) if PY2 else (str,)
_NUMBERS = (bool, float) + integer_types
_ROWS = (list, tuple, set, frozenset)
_FILLED = _ROWS + (collections.deque, bytearray, bytes)  # constructors that run through a range
_PY3_NAMES = {
    ("__builtin__", "xrange"): ("builtins", "range"),
    ("__builtin__", "unicode"): ("builtins", "str"),
    ("__builtin__", "long"): ("builtins", "int"),
    ("__builtin__", "str"): ("builtins", "bytes" if PY2 else "str"),
}
_PY3_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_MODULES_HERE = dict((new, old) for old, new in _PY3_MODULES.items()) if PY2 else {}
if not PY2:
    from _compat_pickle import IMPORT_MAPPING as _PY3_MODULES
_PY2_TARGETS = {"builtins.str": text_type, "builtins.range": range_type}

# Names that every pickle may refer to, and the Python that brought each.
SAFE = {}


def _add_safe(since, module, names):
    for name in names.split():
        SAFE["%s.%s" % (module, name)] = since


_add_safe((2, 7), "_codecs", "encode")
_add_safe(
    (2, 7),
    "builtins",
    "bool bytearray bytes complex dict float frozenset getattr int list object range set str tuple",
)
_add_safe((2, 7), "collections", "Counter OrderedDict defaultdict deque")
_add_safe((2, 7), "copyreg", "__newobj__ _reconstructor")
_add_safe((3, 4), "copyreg", "__newobj_ex__")
_add_safe((2, 7), "datetime", "date datetime time timedelta")
_add_safe((3, 2), "datetime", "timezone")
_add_safe((2, 7), "decimal", "Decimal")
_add_safe((2, 7), "fractions", "Fraction")
_add_safe((2, 7), "time", "struct_time")
_add_safe((2, 7), "uuid", "UUID")
_add_safe((3, 7), "uuid", "SafeUUID")
_IP_NAMES = "IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network"
_PATH_NAMES = "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath"
_add_safe((3, 3), "ipaddress", _IP_NAMES)
_add_safe((3, 4), "pathlib", _PATH_NAMES)
_add_safe((3, 13), "pathlib._local", _PATH_NAMES)
_add_safe((3, 9), "zoneinfo", "ZoneInfo ZoneInfo._unpickle")


def canonical(module, name, protocol):
    """Give Python 3's name for what a pickle calls so (Python 2's names, below protocol 3)."""
    if protocol >= 3:
        return module, name
    if (module, name) in _PY3_NAMES:
        return _PY3_NAMES[module, name]
    return _PY3_MODULES.get(module, module), name


class AllowList(object):
    """The safe names, and the user's: `app.models.Article`, or `app.models.*`."""

    def __init__(self, names=()):
        if isinstance(names, (str, text_type)):
            raise ValueError("allow takes a list of names, not one text")
        for name in names:
            if not re.match(r"[^\W\d]\w*(\.[^\W\d]\w*)*(\.\*|\.[^\W\d]\w*)\Z", name, re.UNICODE):
                raise ValueError("%r is no name: write app.models.Article, or app.models.*" % name)
        self.exact = frozenset(SAFE) | frozenset(n for n in names if not n.endswith(".*"))
        self.modules = tuple(name[:-1] for name in names if name.endswith(".*"))

    def permits_module(self, module):
        return any((module + ".").startswith(below) for below in self.modules)


def _import(module, name):
    """Give the object of that name, or None."""
    module = _MODULES_HERE.get(module, module)
    try:
        __import__(module)
        found = sys.modules[module]
        for part in name.split("."):
            found = getattr(found, part)
        return found
    except (ImportError, AttributeError):
        return None


def _load_error(detail):
    return Unreadable("load-error", detail)


def _shaped(args, *shapes):
    """Whether the arguments are exactly of the types of one of the shapes."""
    return any(
        len(shape) == len(args) and all(type(arg) in kinds for arg, kinds in zip(args, shape))
        for shape in shapes
    )


_SHAPES = {
    "builtins.bool": [(), (_NUMBERS,)],
    "builtins.int": [(), (_NUMBERS[:1] + integer_types + _TEXTS,)],
    "builtins.float": [(), (_NUMBERS + _TEXTS,)],
    "builtins.complex": [(), (_NUMBERS + (complex,),), (_NUMBERS, _NUMBERS)],
    "builtins.str": [(), (_TEXTS,)],
    "builtins.bytes": [(), ((bytes,),)],
    "builtins.list": [(), (_ROWS,)],
    "builtins.tuple": [(), (_ROWS,)],
    "builtins.range": [(integer_types,) * n for n in (1, 2, 3)],
    "builtins.object": [()],
    "collections.deque": [(), ((list, tuple),), ((list, tuple), integer_types + (type(None),))],
    "datetime.timedelta": [(integer_types,) * n for n in (0, 1, 2, 3)],
    "datetime.timezone": [((datetime.timedelta,),), ((datetime.timedelta,), _TEXTS)],
    "decimal.Decimal": [(_TEXTS,)],
    "uuid.UUID": [(_TEXTS,)],
    "uuid.SafeUUID": [(integer_types + (type(None),),)],
    "time.struct_time": [((tuple, list),), ((tuple, list), (dict,))],
    "zoneinfo.ZoneInfo": [(_TEXTS,), (_TEXTS, (bool,) + integer_types)],
    "zoneinfo.ZoneInfo._unpickle": [(_TEXTS,), (_TEXTS, (bool,) + integer_types)],
}
_SHAPES.update(("ipaddress." + name, [(_TEXTS + integer_types,)]) for name in _IP_NAMES.split())
for _name in _PATH_NAMES.split():
    for _module in ("pathlib.", "pathlib._local."):
        _SHAPES[_module + _name] = [(_TEXTS,) * n for n in range(64)]
_BOUNDED = ("builtins.int", "builtins.float", "decimal.Decimal", "uuid.UUID")
_NAME_OF_A_CLASS = (type,) if not PY2 else (type, types.ClassType)
_STATELESS = _NAME_OF_A_CLASS + (types.ModuleType, types.FunctionType, types.BuiltinFunctionType)


class _Stopped(Exception):
    """The pickle has ended."""


class _Machine(object):
    """Builds the value of a pickle of any protocol, opcode by opcode, without recursion."""

    def __init__(self, data, allow):
        self.data, self.octets, self.pos = data, bytearray(data), 0
        self.allow = allow
        self.protocol = 0
        self.stack, self.marks, self.memo = [], [], {}
        self.spending = _Spending()
        self.found = {}  # what names gave
        self.names = {}  # their full names by the object's id: only these are called
        self.hashes = {}  # of the keys of each dict and set, by its id, and the container itself
        self.made = {}  # objects of this load that may get state or items, by id
        self.unfinished = {}  # UUIDs without their state
        self.costs = {}  # of hashing a tuple or frozenset: its parts and its depth, by id

    def load(self):
        try:
            self.run()
            if len(self.stack) != 1 or self.marks or self.pos != len(self.data):
                raise _corrupt("a pickle with something left over")
            if self.unfinished:
                raise _load_error("a uuid.UUID without its state")
            if _is_deep([self.stack[0]] + list(self.made.values()), self.made):
                raise Unreadable("over-budget", "the value is too deep")
            return self.stack[0]
        except BaseException:
            for made in self.made.values():  # freeing a long chain of these overruns the C stack
                if isinstance(made, (dict, collections.deque)):
                    made.clear()
            del self.stack[:]
            self.memo.clear()
            raise

    def run(self):
        try:
            for _ in range_type(MAX_STEPS):
                opcode = self.octets[self.pos]
                self.pos += 1
                _HANDLERS[opcode](self)
        except _Stopped:
            return
        except (IndexError, KeyError, struct.error, UnicodeError):
            raise _corrupt("a broken pickle, at offset %d" % self.pos)
        except Unreadable:
            raise
        except (Exception, SystemExit) as error:  # a class of the user's may raise anything
            raise _load_error("%s while the value was built" % type(error).__name__)
        raise Unreadable("over-budget", "a pickle of more than %d steps" % MAX_STEPS)

    # Arguments and the stack.

    def take(self, length):
        end = self.pos + length
        if not 0 <= length <= len(self.octets) - self.pos:
            raise _corrupt("cut off, at offset %d" % self.pos)
        taken = self.data[self.pos : end]
        self.pos = end
        return taken

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self):
        end = self.data.find(b"\n", self.pos)
        if end < 0:
            raise _corrupt("cut off in a line, at offset %d" % self.pos)
        line = self.data[self.pos : end]
        self.pos = end + 1
        return line

    def pop(self):
        if self.marks and len(self.stack) <= self.marks[-1]:
            raise IndexError
        return self.stack.pop()

    def top(self):
        if self.marks and len(self.stack) <= self.marks[-1]:
            raise IndexError
        return self.stack[-1]

    def pop_mark(self):
        height = self.marks.pop()
        items = self.stack[height:]
        del self.stack[height:]
        return items

    # Values.

    def string(self, data):
        """An 8-bit string of Python 2: itself there; here text if it is UTF-8, else bytes."""
        if PY2:
            return data
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data

    def integer(self, text, kind=int):
        if len(text) > MAX_DIGITS:
            raise Unreadable("over-budget", "a number of %d digits" % len(text))
        if not re.match(b"[-+]?[0-9]+\\Z", text):
            raise _corrupt("no number, at offset %d" % self.pos)
        return kind(text)

    def long(self, length):
        data = self.take(length)
        if length * 8 > MAX_DIGITS * 3322 // 1000 + 8:
            raise Unreadable("over-budget", "a number of %d bytes" % length)
        return integer_types[-1](_from_int_bytes(data[::-1]))

    def cost_of(self, key):
        cost, depth = self.costs.get(id(key), (1, 1))
        if depth > MAX_READ_DEPTH:
            raise Unreadable("over-budget", "a key that is too deep")
        return cost

    def remember_cost(self, made, items):
        """Shared parts make the cost double with every level, and hashing visits each again."""
        cost, depth = 1 + len(items), 0
        for item in items:
            if id(item) in self.costs:
                more, below = self.costs[id(item)]
                cost, depth = min(cost + more, 1 << 60), max(depth, below)
        self.costs[id(made)] = cost, depth + 1
        return made

    def tuple(self, items):
        self.spending.take_memory(56 + 8 * len(items))
        return self.remember_cost(tuple(items), items)

    def set(self, kind, items):
        self.spending.take_memory(232 + 68 * len(items))
        made = set()
        self.take_keys(made, items)
        self.fill(made, items, None)
        return made if kind is set else self.remember_cost(frozenset(made), items)

    def take_keys(self, target, keys):
        seen = self.hashes.setdefault(id(target), (target, {}))[1]
        self.spending.take_keys(keys, self.cost_of, seen)

    def fill(self, target, keys, values):
        try:
            _fill(target, keys, values)
        except Unreadable:  # no pickler writes a key twice: two became one here
            raise _load_error("two keys are one and the same on this Python")

    def set_items(self, target, items):
        if len(items) % 2:
            raise _corrupt("a key without a value")
        keys, values = items[::2], items[1::2]
        self.spending.take_memory(105 * len(keys))
        self.check_takes(target, dict)
        self.take_keys(target, keys)
        if isinstance(target, dict):
            self.fill(target, keys, values)
        else:
            for key, value in zip(keys, values):
                target[key] = value

    def append_items(self, target, items):
        self.spending.take_memory(8 * len(items))
        self.check_takes(target, list)
        if hasattr(target, "extend"):
            target.extend(items)
        else:
            for item in items:
                target.append(item)

    def check_takes(self, target, plain):
        if type(target) is not plain and id(target) not in self.made:
            raise _load_error("items for what takes none: %s" % type(target).__name__)

    # Names and calls.

    def find(self, module, name):
        """Give the object of a name, if it is allowed."""
        if (module, name) not in self.found:
            module_here, name_here = canonical(module, name, self.protocol)
            full = "%s.%s" % (module_here, name_here)
            if full in SAFE:
                found = _safe_target(full)
            else:
                found = self.find_allowed(module_here, name_here, full)
            if found is None:
                raise _lacks(_shown(full))
            self.found[module, name] = found
            self.names.setdefault(id(found), (full, module_here, name_here))
        return self.found[module, name]

    def find_allowed(self, module, name, full):
        exactly = full in self.allow.exact
        if not exactly and not self.allow.permits_module(module):
            raise Unreadable("rejected-name", "%s is not on the allow list" % _shown(full))
        found = _import(module, name)
        home = None if isinstance(found, types.ModuleType) else getattr(found, "__module__", None)
        if found is not None and not exactly and not self.allow.permits_module(home or ""):
            raise Unreadable("rejected-name", "%s is not defined there" % _shown(full))
        if type(found) in (list, dict, set, bytearray):
            raise Unreadable("rejected-name", "%s could be changed" % _shown(full))
        return found

    def name_of(self, function):
        if id(function) not in self.names:
            raise Unreadable("rejected-name", "something is called without being named")
        return self.names[id(function)][0]

    def call(self, function, args):
        full = self.name_of(function)
        if type(args) is not tuple:
            raise _load_error("%s with arguments that are no tuple" % _shown(full))
        if full in _STEPS:
            return _STEPS[full](self, *args)
        if full in SAFE:
            return self.build(full, function, args)
        self.check_inherited(function, args)
        return self.keep(function(*args), args)

    def build(self, full, target, args):
        """Call a safe name, if its arguments are of a shape that some Python pickles it with."""
        try:
            if full in _BUILDERS:
                return _BUILDERS[full](self, target, *args)
            if not _shaped(args, *_SHAPES[full]):
                raise TypeError
            _check_has(full, args)
            longest = max([0] + [len(arg) for arg in args if isinstance(arg, _TEXTS)])
            if full in _BOUNDED and longest > MAX_DIGITS:
                raise Unreadable("over-budget", "a number of %d digits" % longest)
            self.spending.take_memory(64 + 16 * sum(len(a) for a in args if hasattr(a, "__len__")))
            made = target(*args)
        except (Exception, SystemExit) as error:
            if isinstance(error, Unreadable):
                raise
            raise _load_error("%s: %s" % (_shown(full), type(error).__name__))
        if isinstance(made, tuple):
            return self.remember_cost(made, made)
        return self.keep(made, ()) if isinstance(made, collections.deque) else made

    def create(self, kind, args, kwargs=None):
        """What NEWOBJ and NEWOBJ_EX ask for."""
        full = self.name_of(kind)
        if PY2 and isinstance(kind, types.ClassType) and not args and not kwargs:
            return self.keep(types.InstanceType(kind), ())  # what Python 3 wrote of such a class
        if not isinstance(kind, type) or type(args) is not tuple or type(kwargs or {}) is not dict:
            raise _load_error("%s is no class, or its arguments are no tuple" % _shown(full))
        if full == "uuid.UUID" and not args and not kwargs:
            made = kind.__new__(kind)
            self.unfinished[id(made)] = made
            return self.keep(made, ())
        if full in SAFE:
            if kwargs or full in _STEPS:
                raise _load_error("%s with arguments that no Python pickles it with" % full)
            return self.build(full, kind, args)
        self.check_inherited(kind, args)
        kwargs = dict((str(name), value) for name, value in (kwargs or {}).items())
        return self.keep(kind.__new__(kind, *args, **kwargs), args)

    def instantiate(self, kind, args):
        """What INST and OBJ ask for: Python 2's old-style classes skip `__init__`."""
        if args or hasattr(kind, "__getinitargs__"):
            return self.call(kind, args)
        return self.create(kind, ())

    def check_inherited(self, kind, args):
        """Refuse lengths in disguise for classes that inherit how a container is filled."""
        bases = [base for base in getattr(kind, "__mro__", ()) if base in _FILLED]
        if not bases or kind.__new__ != bases[0].__new__ or kind.__init__ != bases[0].__init__:
            return
        lengths = integer_types if bases[0] in (bytes, bytearray) else ()
        if any(type(arg) in lengths + (range_type,) for arg in args):
            raise _load_error("%s with a length in place of its content" % kind.__name__)

    def keep(self, made, args):
        shared = isinstance(made, _STATELESS) or hasattr(type(made), "__members__")
        if not shared and id(made) not in self.names:
            self.spending.take_memory(64)
            self.made[id(made)] = made
            if isinstance(made, tuple):
                self.remember_cost(made, made)
            elif args:
                self.remember_cost(made, args)
        return made

    def give_state(self, target, content):
        if id(target) not in self.made or type(target) in _SAFE_KINDS:
            if id(target) not in self.unfinished:
                raise _load_error("state for what takes none: %s" % type(target).__name__)
        if id(target) in self.unfinished:
            _finish_uuid(self.unfinished.pop(id(target)), content)
        elif hasattr(target, "__setstate__"):
            target.__setstate__(content)
        else:
            slots = None
            if type(content) is tuple and len(content) == 2:
                content, slots = content
            for name, value in (slots or {}).items():
                setattr(target, str(name), value)
            if content:
                target.__dict__.update((str(name), value) for name, value in content.items())


def _safe_target(full):
    if PY2 and full in _PY2_TARGETS:
        return _PY2_TARGETS[full]
    if full.startswith("pathlib._local."):  # as Python 3.13 alone spells it
        full = "pathlib." + full[len("pathlib._local.") :]
    if sys.version_info[:2] < SAFE[full]:
        return None  # a backport is not what was written
    if full == "zoneinfo.ZoneInfo._unpickle":
        return ZoneInfo._unpickle
    return _import(*full.rsplit(".", 1))


def _is_deep(parts, made):
    """Whether anything nests deeper than is read; looks into each part once, without recursion."""
    levels, below = {}, [0]
    opened = [(None, iter(parts))]
    while opened:
        whole, rest = opened[-1]
        for part in rest:
            if id(part) not in levels:
                levels[id(part)] = 0  # while it is open: a cycle counts nothing
                opened.append((part, iter(_parts_of(part, made))))
                below.append(0)
                break
            below[-1] = max(below[-1], levels[id(part)])
        else:
            opened.pop()
            level = levels[id(whole)] = below.pop() + 1
            if opened:
                below[-1] = max(below[-1], level)
            if level > MAX_READ_DEPTH + 2:
                return True
        if len(opened) > MAX_READ_DEPTH + 2:
            return True
    return False


def _parts_of(whole, made):
    if isinstance(whole, dict):
        parts = list(whole) + list(whole.values())
    elif isinstance(whole, _ROWS + (collections.deque,)):
        parts = whole
    else:
        parts = gc.get_referents(whole) if id(whole) in made else ()
    return [part for part in parts if type(part) not in _SCALARS]


def _check_has(full, args):
    """Whether this Python's types go as far as those of the Python that wrote the arguments."""
    if PY2 and full == "builtins.range":
        _range(*(args if len(args) == 3 else (0,) + args + (1,))[-3:])
    if full == "datetime.timezone" and args[0] % datetime.timedelta(minutes=1):
        _timezone(args[0] // datetime.timedelta(microseconds=1), None)
    if full.startswith("ipaddress.IPv6") and "%" in str(args[0]) and sys.version_info < (3, 9):
        raise _lacks("IPv6 address with a scope")


def _finish_uuid(target, content):
    fields = dict(content) if type(content) is dict else {}
    number, safety = fields.pop("int", None), fields.pop("is_safe", None)
    if hasattr(safety, "value"):
        safety = safety.value
    if fields or type(number) not in integer_types or not 0 <= number < 1 << 128:
        raise _load_error("state that no uuid.UUID has")
    object.__setattr__(target, "int", number)
    if hasattr(uuid, "SafeUUID"):
        object.__setattr__(target, "is_safe", uuid.SafeUUID(safety))


# Safe names whose arguments need more than a look at their types.


def _raw(machine, argument):
    """The bytes that a constructor wants, whatever became of an 8-bit string."""
    if isinstance(argument, text_type) and not PY2:
        return bytearray(argument.encode("utf-8"))
    if type(argument) is not bytes:
        raise TypeError
    return bytearray(argument)


def _build_datetime(machine, kind, data, zone=None):
    raw = _raw(machine, data)
    year, month = struct.unpack(">HB", bytes(raw[:3]))
    micro = raw[7] << 16 | raw[8] << 8 | raw[9]
    if len(raw) != 10:
        raise ValueError
    return _moment(kind, [year, month & 127] + list(raw[3:7]) + [micro], b"", zone, month >> 7)


def _build_date(machine, kind, data):
    year, month, day = struct.unpack(">HBB", bytes(_raw(machine, data)))
    return kind(year, month, day)


def _build_time(machine, kind, data, zone=None):
    raw = _raw(machine, data)
    if len(raw) != 6:
        raise ValueError
    fields = [raw[0] & 127, raw[1], raw[2], raw[3] << 16 | raw[4] << 8 | raw[5]]
    return _moment(kind, fields, b"", zone, raw[0] >> 7)


def _build_bytearray(machine, kind, data=b"", *encoding):
    if encoding in (("latin-1",), ("latin1",)) and type(data) is text_type:
        data = data.encode("latin-1")
    elif encoding or type(data) is not bytes:
        raise TypeError
    machine.spending.take_memory(64 + len(data))
    return bytearray(data)


def _build_encoded(machine, _, text, encoding):
    if type(text) is not text_type or encoding not in ("latin-1", "latin1"):
        raise TypeError
    return text.encode("latin-1")


def _build_set(machine, kind, items=()):
    if type(items) not in _ROWS:
        raise TypeError
    return machine.set(kind, list(items))


def _build_dict(machine, kind, items=()):
    pairs = list(items.items()) if type(items) is dict else items
    if type(pairs) not in (list, tuple):
        raise TypeError
    if not all(type(pair) in (list, tuple) and len(pair) == 2 for pair in pairs):
        raise TypeError
    machine.spending.take_memory(640)
    made = machine.keep(kind(), ())
    machine.set_items(made, [part for pair in pairs for part in pair])
    return made


def _build_defaultdict(machine, kind, factory=None, *items):
    if factory is not None and not isinstance(factory, _NAME_OF_A_CLASS):
        raise TypeError
    if factory is not None:
        machine.name_of(factory)
    made = _build_dict(machine, kind, *items)
    made.default_factory = factory
    return made


def _build_fraction(machine, kind, *args):
    if len(args) == 1 and re.match(r"-?[0-9]{1,4300}(/[0-9]{1,4300})?\Z", args[0]):
        return kind(args[0])
    if not _shaped(args, (integer_types, integer_types)):
        raise TypeError
    return kind(*args)


_BUILDERS = {
    "_codecs.encode": _build_encoded,
    "builtins.bytearray": _build_bytearray,
    "builtins.set": _build_set,
    "builtins.frozenset": _build_set,
    "builtins.dict": _build_dict,
    "collections.OrderedDict": _build_dict,
    "collections.Counter": _build_dict,
    "collections.defaultdict": _build_defaultdict,
    "datetime.datetime": _build_datetime,
    "datetime.date": _build_date,
    "datetime.time": _build_time,
    "fractions.Fraction": _build_fraction,
}


def _step_getattr(machine, owner, name):
    """What is nested in a class whose name was given, and members of enumerations."""
    machine.name_of(owner)
    _, module, qualname = machine.names[id(owner)]
    members = getattr(owner, "__members__", {})
    if type(name) in _TEXTS and name in members:
        return members[name]
    if not isinstance(owner, type) or type(name) not in _TEXTS:
        raise _load_error("builtins.getattr is not called as any Python pickles it")
    return machine.find(module, "%s.%s" % (qualname, name))


def _step_reconstruct(machine, kind, base, value):
    """Protocols 0 and 1: a class, the built-in type it derives from, and a value of that."""
    full = machine.name_of(kind)
    if base is object and value is None:
        return machine.create(kind, ())
    bases = (dict, list, tuple, float, complex, text_type, bytes) + integer_types
    fits = type(value) is base or (base in integer_types and type(value) in integer_types)
    if base not in bases or not fits or not issubclass(kind, base):
        raise _load_error("copyreg._reconstructor is not called as any Python pickles it")
    if full in SAFE:
        return machine.build(full, kind, (value,))
    made = machine.keep(base.__new__(kind, value), (value,))
    if base.__init__ != object.__init__:
        base.__init__(made, value)
    return made


_STEPS = {
    "builtins.getattr": _step_getattr,
    "copyreg._reconstructor": _step_reconstruct,
    "copyreg.__newobj__": lambda machine, kind, *args: machine.create(kind, args),
    "copyreg.__newobj_ex__": lambda machine, kind, args, kwargs: machine.create(kind, args, kwargs),
}
_SAFE_KINDS = frozenset(
    kind for kind in map(_safe_target, SAFE) if isinstance(kind, type) and kind is not object
)


# The opcodes. Each handler is given the machine, its position behind the opcode.

def _unknown(machine):
    raise _corrupt("no opcode, at offset %d" % (machine.pos - 1))


_HANDLERS = [_unknown] * 256


def _on(opcodes):
    def register(handler):
        for opcode in bytearray(opcodes):
            _HANDLERS[opcode] = handler
        return handler

    return register


def _pushes(opcode, make):
    _on(opcode)(lambda machine: machine.stack.append(make(machine)))


_pushes(b"N", lambda m: None)
_pushes(b"\x88", lambda m: True)
_pushes(b"\x89", lambda m: False)
_pushes(b"K", lambda m: m.number("<B"))
_pushes(b"M", lambda m: m.number("<H"))
_pushes(b"J", lambda m: m.number("<i"))
_pushes(b"G", lambda m: m.number(">d"))
_pushes(b"\x8a", lambda m: m.long(m.number("<B")))
_pushes(b"\x8b", lambda m: m.long(m.number("<i")))
_pushes(b"X", lambda m: m.take(m.number("<I")).decode("utf-8", _PASS))
_pushes(b"\x8c", lambda m: m.take(m.number("<B")).decode("utf-8", _PASS))
_pushes(b"\x8d", lambda m: m.take(m.number("<Q")).decode("utf-8", _PASS))
_pushes(b"V", lambda m: m.line().decode("raw-unicode-escape"))
_pushes(b"B", lambda m: m.take(m.number("<I")))
_pushes(b"C", lambda m: m.take(m.number("<B")))
_pushes(b"\x8e", lambda m: m.take(m.number("<Q")))
_pushes(b"\x96", lambda m: _build_bytearray(m, bytearray, m.take(m.number("<Q"))))
_pushes(b"U", lambda m: m.string(m.take(m.number("<B"))))
_pushes(b"T", lambda m: m.string(m.take(m.number("<i"))))
_pushes(b"2", lambda m: m.top())
_pushes(b"h", lambda m: m.memo[m.number("<B")])
_pushes(b"j", lambda m: m.memo[m.number("<I")])
_pushes(b"g", lambda m: m.memo[m.integer(m.line())])
_pushes(b")", lambda m: ())
_pushes(b"t", lambda m: m.tuple(m.pop_mark()))
_pushes(b"l", lambda m: m.pop_mark())
_pushes(b"\x91", lambda m: m.set(frozenset, m.pop_mark()))
_pushes(b"c", lambda m: m.find(m.line().decode("utf-8"), m.line().decode("utf-8")))
_pushes(b"L", lambda m: m.integer(re.sub(b"L\\Z", b"", m.line()), integer_types[-1]))


@_on(b"I")
def _op_int(machine):
    line = machine.line()
    flag = {b"00": False, b"01": True}
    machine.stack.append(flag[line] if line in flag else machine.integer(line))


@_on(b"F")
def _op_float(machine):
    line = machine.line()
    if len(line) > MAX_DIGITS:
        raise Unreadable("over-budget", "a number of %d digits" % len(line))
    try:
        machine.stack.append(float(line))
    except ValueError:
        raise _corrupt("no number, at offset %d" % machine.pos)


@_on(b"S")
def _op_string(machine):
    line = machine.line().strip(b" \t\r")
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise _corrupt("a string without its quotes")
    machine.stack.append(machine.string(_ESCAPE.sub(_unescape, line[1:-1])))


_ESCAPE = re.compile(b"\\\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\\\\'\"abfnrtv])")
_ESCAPES = dict((b"\\'\"abfnrtv"[i : i + 1], b"\\'\"\a\b\f\n\r\t\v"[i : i + 1]) for i in range(10))


def _unescape(match):
    found = match.group(1)
    if found in _ESCAPES:
        return _ESCAPES[found]
    number = int(found[1:], 16) if found[:1] == b"x" else int(found, 8)
    return struct.pack(">B", number & 255)


@_on(b"(")
def _op_mark(machine):
    if len(machine.marks) > MAX_READ_DEPTH:
        raise Unreadable("over-budget", "the value is too deep")
    machine.marks.append(len(machine.stack))


@_on(b"0")
def _op_pop(machine):
    if machine.marks and len(machine.stack) == machine.marks[-1]:
        machine.pop_mark()
    else:
        machine.pop()


@_on(b"1")
def _op_pop_mark(machine):
    machine.pop_mark()


@_on(b"qrp\x94")
def _op_put(machine):
    opcode = machine.data[machine.pos - 1 : machine.pos]
    if opcode == b"q":
        index = machine.number("<B")
    elif opcode == b"r":
        index = machine.number("<I")
    else:
        index = len(machine.memo) if opcode == b"\x94" else machine.integer(machine.line())
    if index > len(machine.data):
        raise Unreadable("over-budget", "an index of the memo that no pickler writes")
    machine.memo[index] = machine.top()


@_on(b"]}\x8f")
def _op_empty(machine):
    kind, size = {
        b"]": (list, 72), b"}": (dict, 280), b"\x8f": (set, 232)
    }[machine.data[machine.pos - 1 : machine.pos]]
    machine.spending.take_memory(size)
    machine.stack.append(kind())


@_on(b"\x85\x86\x87")
def _op_tuple(machine):
    count = machine.octets[machine.pos - 1] - 0x84
    items = [machine.pop() for _ in range(count)]
    machine.stack.append(machine.tuple(items[::-1]))


@_on(b"d")
def _op_dict(machine):
    items = machine.pop_mark()
    machine.spending.take_memory(280)
    machine.stack.append({})
    machine.set_items(machine.stack[-1], items)


@_on(b"a")
def _op_append(machine):
    item = machine.pop()
    machine.append_items(machine.top(), [item])


@_on(b"e")
def _op_appends(machine):
    items = machine.pop_mark()
    machine.append_items(machine.top(), items)


@_on(b"s")
def _op_set_item(machine):
    value, key = machine.pop(), machine.pop()
    machine.set_items(machine.top(), [key, value])


@_on(b"u")
def _op_set_items(machine):
    items = machine.pop_mark()
    machine.set_items(machine.top(), items)


@_on(b"\x90")
def _op_add_items(machine):
    items, target = machine.pop_mark(), machine.top()
    machine.check_takes(target, set)
    machine.spending.take_memory(68 * len(items))
    machine.take_keys(target, items)
    if isinstance(target, set):
        machine.fill(target, items, None)
    else:
        for item in items:
            target.add(item)


@_on(b"\x93")
def _op_name(machine):
    name, module = machine.pop(), machine.pop()
    if type(name) not in _TEXTS or type(module) not in _TEXTS:
        raise _corrupt("a name that is no text")
    machine.stack.append(machine.find(module, name))


@_on(b"R")
def _op_reduce(machine):
    args, function = machine.pop(), machine.pop()
    machine.stack.append(machine.call(function, args))


@_on(b"\x81")
def _op_new(machine):
    args, kind = machine.pop(), machine.pop()
    machine.stack.append(machine.create(kind, args))


@_on(b"\x92")
def _op_new_ex(machine):
    kwargs, args, kind = machine.pop(), machine.pop(), machine.pop()
    machine.stack.append(machine.create(kind, args, kwargs))


@_on(b"i")
def _op_inst(machine):
    args = tuple(machine.pop_mark())
    kind = machine.find(machine.line().decode("utf-8"), machine.line().decode("utf-8"))
    machine.stack.append(machine.instantiate(kind, args))


@_on(b"o")
def _op_obj(machine):
    items = machine.pop_mark()
    machine.stack.append(machine.instantiate(items[0], tuple(items[1:])))


@_on(b"b")
def _op_build(machine):
    content = machine.pop()
    machine.give_state(machine.top(), content)


@_on(b"\x80")
def _op_protocol(machine):
    machine.protocol = machine.number("<B")
    if machine.pos != 2:
        raise _corrupt("a protocol in the middle")
    if machine.protocol > 5:
        raise Unreadable("protocol", "pickle protocol %d; 5 is known" % machine.protocol)


@_on(b"\x95")
def _op_frame(machine):
    if machine.number("<Q") > len(machine.data) - machine.pos:
        raise _corrupt("cut off in a frame")


@_on(b"PQ\x97\x98")
def _op_outside(machine):
    raise _load_error("the pickle refers to something outside of it")


@_on(b"\x82\x83\x84")
def _op_extension(machine):
    raise Unreadable("rejected-name", "an extension code is on no allow list")


@_on(b".")
def _op_stop(machine):
    raise _Stopped


def load(data, allow):
    """Give the value of a pickle."""
    return _Machine(data, allow).load()


# Writing pickles: for the oldest reader, and nothing that it would read as another value.


def dump(value, allow, floor):
    """Pickle a value for the readers from `floor` on, a version such as (2, 7)."""
    protocol = 2 if PY2 or floor < (3, 0) else 3
    try:
        data = pickle.dumps(value, 2) if PY2 else _dump_checked(value, protocol, floor)
        has_names = _MAY_NAME.search(data) or copyreg._extension_registry
        names = _names(data, protocol) if has_names else frozenset()
        if not PY2 and protocol == 2 and not names.isdisjoint(_BYTES_AT_PROTOCOL_2):
            _Keys(io.BytesIO(), 2).dump(value)
    except NotStored:
        raise
    except Exception as error:  # `__reduce__` may be the user's
        raise NotStored("not-portable", "it cannot be pickled (%s)" % type(error).__name__)
    for name in names:
        if name not in allow.exact and not allow.permits_module(name.rpartition(".")[0]):
            raise NotStored("not-portable", "%s is not on the allow list" % name)
        if SAFE.get(name, floor) > floor:
            raise NotStored("below-floor", "%s is not known to Python %d.%d" % ((name,) + floor))
    return data


_MAY_NAME = re.compile(b"[ci][^\\x00-\\x20]+\n[^\\x00-\\x20]+\n")
_BYTES_AT_PROTOCOL_2 = ("_codecs.encode", "builtins.bytes")


def _names(data, protocol):
    """The names that a pickle of our own making refers to; protocols 2 and 3 spell them out."""
    names = set()
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in ("GLOBAL", "INST"):
            names.add("%s.%s" % canonical(*(argument.split(" ", 1) + [protocol])))
        elif opcode.name.startswith("EXT"):
            raise NotStored("not-portable", "it uses extension codes")
    return names


def _dump_checked(value, protocol, floor):
    """Refuse what readers at the floor know the type of, and would read as another value."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, protocol)
    pickler.dispatch_table = copyreg.dispatch_table.copy()

    def check(kind, changes, why):
        def reduce(value):
            if changes(value):
                raise NotStored("below-floor", "%s %s" % (kind.__name__, why))
            return value.__reduce_ex__(protocol)

        pickler.dispatch_table[kind] = reduce

    for kind in (datetime.datetime, datetime.time):
        check(kind, lambda value: getattr(value, "fold", 0), "with fold=1 loses it in old pickles")
    for name in ("IPv6Address", "IPv6Interface", "IPv6Network"):
        check(getattr(ipaddress, name), _scope_of, "with a scope loses it in old pickles")
    if floor < (3, 0):
        check(range, lambda value: not _is_xrange(value), "beyond 64 bits is no xrange")
    pickler.dump(value)
    return out.getvalue()


def _scope_of(address):
    return "%" in str(address)


def _is_xrange(numbers):
    parts = [numbers.start, numbers.stop, numbers.step]
    parts.append(-(-(numbers.stop - numbers.start) // numbers.step))
    return all(-(1 << 63) <= part < 1 << 63 for part in parts)


class _Keys(pickle.Pickler if not PY2 else object):
    """Looks for keys that are one and the same on Python 2: "a" and b"a"."""

    def persistent_id(self, obj):
        if isinstance(obj, (dict, set, frozenset)):
            keys = list(map(_as_python2, obj))
            if len(set(keys)) != len(keys):
                raise NotStored("below-floor", "two keys, text and bytes, are one on Python 2")


def _as_python2(key):
    if isinstance(key, bytes):
        try:
            return key.decode("ascii")
        except UnicodeDecodeError:
            return key
    if isinstance(key, (tuple, frozenset)):
        return type(key)(map(_as_python2, key)) if type(key) in (tuple, frozenset) else key
    return key


# --- The werkzeug dialect: docs/werkzeug.md ---------------------------------------------------

_INT = re.compile(b"[ \t\n\r\x0b\x0c]*[+-]?([0-9]+(?:_[0-9]+)*)[ \t\n\r\x0b\x0c]*\\Z")
_COUNTER = re.compile(b"-?(0|[1-9][0-9]{0,18})\\Z")


def _is_int64(number):
    return -(1 << 63) <= number < 1 << 63


def read_werkzeug(raw, allow):
    """`!` and a pickle, or what int() takes, or the raw bytes."""
    if looks_sealed(raw) or nearly_sealed(raw):
        raise _corrupt("an envelope that is damaged")
    if raw[:1] == GUARD:
        return load(raw[1:], allow)
    if not raw:
        raise _corrupt("an empty entry")
    match = _INT.match(raw)
    if match is None:
        return raw
    if len(match.group(1)) > MAX_DIGITS:
        raise Unreadable("over-budget", "a number of %d digits" % len(match.group(1)))
    return int(raw.replace(b"_", b""))


def write_werkzeug(value, allow, floor):
    if type(value) in integer_types and _is_int64(value):
        return str(int(value)).encode("ascii")
    return GUARD + dump(value, allow, floor)


# --- The cache: docs/bridge.md ----------------------------------------------------------------

DEFAULT = object()  # the cache's own ttl
_WORD = re.compile(u"([A-Za-z][A-Za-z_-]{0,31})([:/.|])(?=.)", re.DOTALL)
_BATCH, _BATCH_BYTES = 500, 4 * 1024 * 1024
_TRIES = 16


class BridgeCache(object):
    """A cache on a client of any redis-py from 2.10 on.

    Args:
        redis_client: The client; it must not decode responses.
        prefix: Put before every key; `clear` removes what is below it.
        ttl: Default expiry in seconds, or a timedelta; None for none.
        reads: What is read: "shelflife", "werkzeug", or both.
        writes: What is written: "werkzeug", which the unmodified old release reads, or "shelflife".
        allow: Names that pickles may refer to besides the safe ones: `app.models.Article`, or all
            that is defined below a module, `app.models.*`.
        floor: The oldest Python that must read the pickles that are written.
        py2_text: What 8-bit strings of Python 2 become in shelflife entries: "bytes", or
            "utf8-else-bytes" for text wherever they are UTF-8.
        release: Your release's name, told in every entry of shelflife; None for nothing.
        compress: Compress shelflife entries with zlib.
        max_bytes: The largest entry that is read or written.
        on_event: Called with an `Event` for everything but hits and absent keys.
    """

    def __init__(
        self, redis_client, prefix="", ttl=300, reads=("shelflife", "werkzeug"), writes="werkzeug",
        allow=(), max_bytes=MAX_BYTES, on_event=None, floor="2.7", py2_text="bytes",
        release="bridge", compress=False,
    ):
        self.reads = (reads,) if isinstance(reads, (str, text_type)) else tuple(reads)
        if not self.reads or not set(self.reads) <= set(["shelflife", "werkzeug"]):
            raise ValueError('reads takes "shelflife", "werkzeug", or both; not %r' % (reads,))
        if writes not in self.reads:
            raise ValueError("writes takes one of what is read; not %r" % (writes,))
        if py2_text not in ("bytes", "utf8-else-bytes"):
            raise ValueError('py2_text takes "bytes" or "utf8-else-bytes"; not %r' % (py2_text,))
        pool = getattr(redis_client, "connection_pool", None)
        if getattr(pool, "connection_kwargs", {}).get("decode_responses"):
            raise ValueError("the client decodes responses: entries are bytes, give it no option")
        self.client, self.writes, self.max_bytes = redis_client, writes, max_bytes
        self.prefix, self.ttl = _key_bytes(prefix), _milliseconds(ttl)
        self.allow, self.on_event, self.compress = AllowList(allow), on_event, compress
        self.floor, self.as_text = _version(floor), py2_text != "bytes"
        runtime = platform.python_implementation().lower() + platform.python_version()
        self.writer = None if release is None else u"%s %s" % (release, runtime)

    # Reads.

    def get(self, key, default=None):
        """Give the value, or the default."""
        found = self._lookup("get", key)
        return found.value if found.hit else default

    def lookup(self, key):
        """Give a `Lookup`: a cached None is a hit, an unreadable entry a miss with its reason."""
        return self._lookup("lookup", key)

    def has(self, key):
        """Whether `lookup` would hit: an unreadable entry is not had."""
        return self._lookup("has", key).hit

    def get_many(self, keys):
        """Give a dict of the hits; one bad entry spoils nothing."""
        hits, keys = {}, list(keys)
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            names = [self._name(key) for key in batch]
            try:
                entries = self.client.execute_command("MGET", *names)
            except Exception as error:
                self._failed("get_many", batch[0], error)
                continue
            for key, raw in zip(batch, entries):
                found = self._judge("get_many", key, raw)
                if found.hit:
                    hits[key] = found.value
        return hits

    def _lookup(self, operation, key):
        name = self._name(key)
        try:
            raw = self.client.execute_command("GET", name)
        except Exception as error:
            if str(error).startswith("WRONGTYPE"):
                unreadable = Unreadable("wrong-type", "the key holds another Redis type")
                return self._unreadable(operation, key, b"", unreadable)
            self._failed(operation, key, error)
            return Lookup(False, None, "unavailable", _said(error), None)
        return self._judge(operation, key, raw)

    def _judge(self, operation, key, raw):
        if raw is None:
            return Lookup(False, None, "absent", "no entry under this key", None)
        try:
            value = self.value_of(raw)
        except Unreadable as error:
            return self._unreadable(operation, key, raw, error)
        return Lookup(True, value, None, "", read_writer(raw))

    def _unreadable(self, operation, key, raw, error):
        raw = raw if isinstance(raw, bytes) else b""
        found = Lookup(False, None, error.reason, error.detail, read_writer(raw))
        self._tell("unreadable", operation, key, error.reason, error.detail, len(raw), found.writer)
        return found

    def value_of(self, raw):
        """Give the value of an entry; `Unreadable` is the only error."""
        try:
            if len(raw) > self.max_bytes:
                raise Unreadable("too-large", "larger than max_bytes (%d)" % self.max_bytes)
            return self._read(raw)
        except Unreadable:
            raise
        except (RuntimeError, MemoryError) as error:  # RecursionError is the former
            raise Unreadable("over-budget", type(error).__name__)
        except Exception as error:
            raise Unreadable("load-error", type(error).__name__)

    def _read(self, raw):
        if "shelflife" in self.reads and looks_sealed(raw):
            codec, payload = unseal(raw, self.max_bytes)
            if codec == PORTABLE:
                return unpack(payload)
            if codec == TEXT:
                return _from_utf8(payload)
            if codec == BYTES:
                return payload
            if codec == PICKLE:
                return load(payload, self.allow)
            raise Unreadable("unknown-codec", "codec %d is not known" % codec)
        if "werkzeug" in self.reads:
            return read_werkzeug(raw, self.allow)
        if len(raw) <= 20 and _COUNTER.match(raw) and _is_int64(int(raw)):
            return int(raw)
        raise Unreadable("foreign", "no envelope, and this cache reads no other dialect")

    # Writes.

    def set(self, key, value, ttl=DEFAULT):
        """Store a value; False if it was not stored, and then no older value is left either."""
        return self._write("set", key, value, ttl, [])

    def add(self, key, value, ttl=DEFAULT):
        """Store a value unless an entry is there, readable or not."""
        return self._write("add", key, value, ttl, ["NX"])

    def set_many(self, values, ttl=DEFAULT):
        """Store several values; gives a dict that tells for each key whether it was stored."""
        expiry = self._expiry(ttl)
        stored, batch, size = dict.fromkeys(values, False), [], 0
        for key in values:
            entry = self._entry("set_many", key, values[key])
            if entry is None:
                continue
            batch.append((key, entry))
            size += len(entry)
            if len(batch) == _BATCH or size > _BATCH_BYTES:
                self._store_batch(batch, expiry, stored)
                batch, size = [], 0
        self._store_batch(batch, expiry, stored)
        return stored

    def _write(self, operation, key, value, ttl, more):
        name, expiry = self._name(key), self._expiry(ttl)
        entry = self._entry(operation, key, value)
        if entry is None:
            return False
        try:
            return bool(self.client.execute_command("SET", name, entry, *(expiry + more)))
        except Exception as error:
            self._dropped(operation, key, error)
            return False

    def _store_batch(self, batch, expiry, stored):
        if not batch:
            return
        try:
            pipe = self.client.pipeline(transaction=False)
            for key, entry in batch:
                pipe.execute_command("SET", self._name(key), entry, *expiry)
            replies = pipe.execute(raise_on_error=False)
        except Exception as error:
            replies = [error] * len(batch)
        for (key, _), reply in zip(batch, replies):
            if isinstance(reply, Exception):
                self._dropped("set_many", key, reply)
            else:
                stored[key] = bool(reply)

    def entry_of(self, value):
        """Give the entry for a value; `NotStored` is the only error."""
        if self.writes == "werkzeug":
            entry = write_werkzeug(value, self.allow, self.floor)
        else:
            if PY2 and type(value) is str and self.as_text:
                value = _py2_text(value)
            if type(value) is text_type and not _LONE.search(value):
                codec, payload = TEXT, value.encode("utf-8")
            elif type(value) is bytes:
                codec, payload = BYTES, value
            else:
                room = 64 * self.max_bytes if self.compress else self.max_bytes
                codec, payload = PORTABLE, _Packer(room, self.as_text).pack(value)
            guard = "werkzeug" in self.reads
            entry = seal(codec, payload, self.writer, self.compress, guard)
        if len(entry) > self.max_bytes:
            raise NotStored("too-large", "its entry would be larger than max_bytes")
        return entry

    def _entry(self, operation, key, value):
        """Give the entry; or tell that there is none, and remove what it should have replaced."""
        try:
            return self.entry_of(value)
        except NotStored as error:
            self._tell("not-stored", operation, key, error.reason, error.detail)
            if operation != "add":
                self._remove(operation, key)
            return None

    def _dropped(self, operation, key, error):
        """The server did not write. Where it answers, it may still remove the old value."""
        self._tell("not-stored", operation, key, "unavailable", _said(error))
        self._failed(operation, key, error)
        answered = "ResponseError" in [kind.__name__ for kind in type(error).__mro__]
        if operation != "add" and answered:
            self._remove(operation, key)

    def touch(self, key, ttl=DEFAULT):
        """Give an entry a new time to live; True if there is one."""
        name, expiry = self._name(key), self._expiry(ttl)
        command = ["PEXPIRE", name, expiry[1]] if expiry else ["PERSIST", name]
        try:
            return bool(self.client.execute_command(*command)) or (
                not expiry and bool(self.client.execute_command("EXISTS", name))
            )
        except Exception as error:
            self._failed("touch", key, error)
            return False

    # Removals, and counters.

    def delete(self, key):
        """Remove an entry; True if the server confirmed that none is there any more."""
        return self._remove("delete", key) is not None

    def delete_many(self, keys):
        """Remove entries; True if the server confirmed all of it."""
        removed = [self._remove("delete_many", *batch) for batch in _batches(keys)]
        return None not in removed

    def clear(self):
        """Remove every entry below the prefix; True if the server confirmed."""
        if not self.prefix:
            raise ValueError("clear removes what is below the prefix, and this cache has none")
        return self._clear(self.prefix) is not None

    def _clear(self, prefix):
        """Give how many keys were removed, or None if the server did not confirm."""
        pattern = re.sub(b"([\\\\*?\\[\\]^-])", b"\\\\\\1", prefix) + b"*"
        removed, cursor = 0, 0
        try:
            while True:
                cursor, names = self.client.execute_command(
                    "SCAN", cursor, "MATCH", pattern, "COUNT", _BATCH
                )
                names = [name for name in names if name.startswith(prefix)]
                if names:
                    removed += self.client.execute_command("DEL", *names)
                if int(cursor) == 0:
                    return removed
        except Exception as error:
            self._tell("lost-invalidation", "clear", "", "unavailable", _said(error))
            self._failed("clear", "", error)
            return None

    def incr(self, key, by=1, ttl=DEFAULT):
        """Add to a counter; gives its new value, or None. An enveloped int becomes a counter."""
        if type(by) not in integer_types or not _is_int64(by):
            raise ValueError("incr takes a whole number of at most 64 bits")
        name, expiry = self._name(key), self._expiry(ttl)
        try:
            pipe = self.client.pipeline(transaction=True)
            pipe.execute_command("SET", name, b"0", *(expiry + ["NX"]))
            pipe.execute_command("INCRBY", name, by)
            reply = pipe.execute(raise_on_error=False)[1]
            return self._incr_entry(key, name, by) if isinstance(reply, Exception) else reply
        except Exception as error:
            self._tell("not-stored", "incr", key, "unavailable", _said(error))
            self._failed("incr", key, error)
            return None

    def _incr_entry(self, key, name, by):
        for _ in range(_TRIES):
            pipe = self.client.pipeline(transaction=True)
            try:
                pipe.watch(name)
                raw = pipe.execute_command("GET", name)
                left = pipe.execute_command("PTTL", name) or 0
                number = self._enveloped_int(key, raw)
                if number is None or not _is_int64(number + by):
                    return None
                pipe.multi()
                expiry = ["PX", left] if left > 0 else []
                pipe.execute_command("SET", name, str(int(number + by)), *expiry)
                pipe.execute()
                return number + by
            except Exception as error:
                if str(error).startswith("WRONGTYPE"):
                    self._enveloped_int(key, b"")
                    return None
                if type(error).__name__ != "WatchError":
                    raise
            finally:
                pipe.reset()
        return None

    def _enveloped_int(self, key, raw):
        found = self._judge("incr", key, raw)
        if found.hit and type(found.value) in integer_types and looks_sealed(raw):
            return found.value
        if found.hit:
            error = Unreadable("schema", "not a counter, and no int in an envelope")
            self._unreadable("incr", key, raw, error)
        return None

    def _remove(self, operation, *keys):
        """Give how many entries there were, or None if the server did not confirm."""
        try:
            return int(self.client.execute_command("DEL", *[self._name(key) for key in keys]))
        except Exception as error:
            for key in keys:
                self._tell("lost-invalidation", operation, key, "unavailable", _said(error))
            self._failed(operation, keys[0], error)
            return None

    # What all of them need.

    def _name(self, key):
        return self.prefix + _key_bytes(key)

    def _expiry(self, ttl):
        milliseconds = self.ttl if ttl is DEFAULT else _milliseconds(ttl)
        return [] if milliseconds is None else ["PX", milliseconds]

    def _failed(self, operation, key, error):
        self._tell("server-error", operation, key, type(error).__name__, _said(error))

    def _tell(self, kind, operation, key, reason, detail, length=None, writer=None):
        if self.on_event is None:
            return
        text = _key_bytes(key).decode("utf-8", "replace")
        word = _WORD.match(text)
        prefix = self.prefix.decode("utf-8", "replace")
        key_class = prefix + (word.group(0) if word else u"") + u"*"
        try:
            self.on_event(Event(kind, operation, key_class, reason, detail, length, writer))
        except Exception:
            pass  # whoever listens must not break what it listens to


def _said(error):
    """A server's error without what it may quote: its type, and the code that begins it."""
    code = re.match("[A-Z]{2,20}(?= )", str(error))
    return type(error).__name__ + (": " + code.group(0) if code else "")


def _key_bytes(key):
    if isinstance(key, text_type):
        return key.encode("utf-8")
    if isinstance(key, bytes):
        return key
    raise TypeError("a key is text, not %s" % type(key).__name__)


def _batches(keys):
    keys = list(keys)
    return [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]


def _milliseconds(ttl):
    if ttl is None:
        return None
    if isinstance(ttl, datetime.timedelta):
        ttl = ttl.total_seconds()
    if type(ttl) not in (float,) + integer_types or not 0 < ttl <= 10**11:
        raise ValueError("ttl is %r; it takes seconds above 0, or None for no expiry" % (ttl,))
    return max(1, int(math.ceil(ttl * 1000)))


def _version(floor):
    match = re.match(r"(2)\.(7)\Z|(3)\.([0-9]{1,2})\Z", str(floor))
    if match is None:
        raise ValueError('floor takes a Python version such as "2.7" or "3.6"; not %r' % (floor,))
    return tuple(int(part) for part in match.groups() if part)


# --- Adapters: each imports its framework, or redis, only when it is used ----------------------


def _connect(**options):
    """Make a client that waits for half a second at most, once."""
    import redis

    client = getattr(redis, "StrictRedis", redis.Redis)
    options.setdefault("socket_timeout", 0.5)
    options.setdefault("socket_connect_timeout", 0.5)
    try:  # since redis-py 6 it would try three times, and wait in between
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        options.setdefault("retry", Retry(NoBackoff(), 0))
    except ImportError:
        pass
    if "url" in options:
        return client.from_url(options.pop("url"), **options)
    return client(**options)


class WerkzeugBridge(object):
    """In place of `werkzeug.contrib.cache.RedisCache` and `cachelib.RedisCache`.

    Same constructor, methods and return values; `reads`, `writes`, `allow`, `floor`, `on_event` and
    so on are those of `BridgeCache`, and other options go to redis-py.
    """

    _OPTIONS = (
        "reads", "writes", "allow", "max_bytes", "on_event", "floor", "py2_text", "release",
        "compress",
    )

    def __init__(
        self, host="localhost", port=6379, password=None, db=0, default_timeout=300,
        key_prefix=None, **kwargs
    ):
        options = dict((name, kwargs.pop(name)) for name in self._OPTIONS if name in kwargs)
        if host is None:
            raise ValueError("host may not be None")
        if isinstance(host, (str, text_type)):
            kwargs.update(host=host, port=port, password=password, db=db)
            host = _connect(**kwargs)
        self.default_timeout, self.key_prefix = default_timeout, key_prefix or ""
        self.cache = BridgeCache(host, **options)

    def get(self, key):
        return self.cache.get(self._name(key))

    def get_many(self, *keys):
        found = self.cache.get_many([self._name(key) for key in keys])
        return [found.get(self._name(key)) for key in keys]

    def get_dict(self, *keys):
        return dict(zip(keys, self.get_many(*keys)))

    def set(self, key, value, timeout=None):
        return self.cache.set(self._name(key), value, self._ttl(timeout))

    def add(self, key, value, timeout=None):
        return self.cache.add(self._name(key), value, self._ttl(timeout))

    def set_many(self, mapping, timeout=None):
        names = dict((self._name(key), mapping[key]) for key in mapping)
        stored = self.cache.set_many(names, self._ttl(timeout))
        return [key for key in mapping if stored[self._name(key)]]

    def delete(self, key):
        return bool(self.cache._remove("delete", self._name(key)))

    def delete_many(self, *keys):
        return list(keys) if self.cache.delete_many([self._name(key) for key in keys]) else []

    unlink = delete_many

    def has(self, key):
        return self.cache.has(self._name(key))

    def clear(self):
        """Remove everything below the prefix; without one, nothing: FLUSHDB is no cache's right."""
        prefix = _key_bytes(self._name(""))
        return bool(prefix) and self.cache._clear(prefix) is not None

    def inc(self, key, delta=1):
        return self.cache.incr(self._name(key), delta, None)

    def dec(self, key, delta=1):
        return self.cache.incr(self._name(key), -delta, None)

    def _name(self, key):
        prefix = self.key_prefix() if callable(self.key_prefix) else self.key_prefix
        return _key_bytes(prefix) + _key_bytes(key)

    def _ttl(self, timeout):
        timeout = self.default_timeout if timeout is None else timeout
        return None if timeout in (0, -1) else timeout


def flask_caching(app, config, args, kwargs):
    """For Flask-Caching: `CACHE_TYPE = "shelflife_bridge.flask_caching"`, options as for redis."""
    options = {
        "default_timeout": config.get("CACHE_DEFAULT_TIMEOUT", 300),
        "key_prefix": config.get("CACHE_KEY_PREFIX"),
    }
    options.update(kwargs or {})
    if config.get("CACHE_REDIS_URL"):
        url = config["CACHE_REDIS_URL"]
        if config.get("CACHE_REDIS_DB") is not None:
            return WerkzeugBridge(_connect(url=url, db=config["CACHE_REDIS_DB"]), *args, **options)
        return WerkzeugBridge(_connect(url=url), *args, **options)
    for name in ("host", "port", "password", "db"):
        if config.get("CACHE_REDIS_" + name.upper()) is not None:
            options[name] = config["CACHE_REDIS_" + name.upper()]
    return WerkzeugBridge(*args, **options)


def DjangoCache(server, params):
    """For Django from 1.11 on: `BACKEND = "shelflife_bridge.DjangoCache"`, LOCATION a URL.

    Options of `BridgeCache` go into OPTIONS.
    """
    global _DjangoCache
    if _DjangoCache is None:
        from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

        _DjangoCache = _make_django_cache(BaseCache, DEFAULT_TIMEOUT)
    return _DjangoCache(server, params)


_DjangoCache = None


def _make_django_cache(base, default_timeout):
    class DjangoBridge(base):
        """Django's methods on a BridgeCache."""

        def __init__(self, server, params):
            base.__init__(self, params)
            url = server[0] if isinstance(server, (list, tuple)) else server
            options = dict(params.get("OPTIONS", {}))
            for name in ("MAX_ENTRIES", "CULL_FREQUENCY"):
                options.pop(name, None)
            self.cache = BridgeCache(_connect(url=url.split(",")[0]), **options)

        def _key(self, key, version):
            key = self.make_key(key, version=version)
            self.validate_key(key)
            return key

        def _ttl(self, timeout):
            return self.default_timeout if timeout is default_timeout else timeout

        def get(self, key, default=None, version=None):
            return self.cache.get(self._key(key, version), default)

        def add(self, key, value, timeout=default_timeout, version=None):
            key, ttl = self._key(key, version), self._ttl(timeout)
            if ttl is not None and ttl <= 0:
                return not self.cache.has(key)
            return self.cache.add(key, value, ttl)

        def set(self, key, value, timeout=default_timeout, version=None):
            key, ttl = self._key(key, version), self._ttl(timeout)
            if ttl is not None and ttl <= 0:
                self.cache.delete(key)
            else:
                self.cache.set(key, value, ttl)

        def touch(self, key, timeout=default_timeout, version=None):
            key, ttl = self._key(key, version), self._ttl(timeout)
            if ttl is not None and ttl <= 0:
                return self.cache.delete(key)
            return self.cache.touch(key, ttl)

        def delete(self, key, version=None):
            return bool(self.cache._remove("delete", self._key(key, version)))

        def get_many(self, keys, version=None):
            names = dict((self._key(key, version), key) for key in keys)
            found = self.cache.get_many(names)
            return dict((names[name], found[name]) for name in found)

        def set_many(self, data, timeout=default_timeout, version=None):
            ttl = self._ttl(timeout)
            if ttl is not None and ttl <= 0:
                self.delete_many(data, version)
                return []
            names = dict((self._key(key, version), key) for key in data)
            stored = self.cache.set_many(dict((n, data[names[n]]) for n in names), ttl)
            return [names[name] for name in names if not stored[name]]

        def delete_many(self, keys, version=None):
            self.cache.delete_many([self._key(key, version) for key in keys])

        def has_key(self, key, version=None):
            return self.cache.has(self._key(key, version))

        def incr(self, key, delta=1, version=None):
            name = self._key(key, version)
            number = self.cache.incr(name, delta) if self.cache.has(name) else None
            if number is None:
                raise ValueError("Key '%s' not found, or no number" % key)
            return number

        def clear(self):
            self.cache._clear(_key_bytes(self.key_prefix + ":"))

    return DjangoBridge
