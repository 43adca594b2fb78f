"""Strings: what caches keep their entries in."""

from __future__ import annotations

from typing import Any

from shelflife.stores.tap.exchange import Effect
from shelflife.stores.tap.families.interface import (
    NO_OPTIONS,
    UNSEEN,
    EffectsOf,
    Options,
    Words,
    number,
    options,
    seconds,
)


def _get(words: Words, reply: Any) -> list[Effect]:
    return [] if reply is UNSEEN else [Effect("read", words[1], reply)]


def _mget(words: Words, reply: Any) -> list[Effect]:
    if reply is UNSEEN:
        return []
    return [Effect("read", key, entry) for key, entry in zip(words[1:], reply)]


def _getex(words: Words, reply: Any) -> list[Effect]:
    found = options(words, 2)
    effects = _get(words, reply)
    if reply is not None and found is not NO_OPTIONS:
        effects.append(Effect("expire", words[1], None, found.ttl))
    return effects


def _getdel(words: Words, reply: Any) -> list[Effect]:
    return _get(words, reply) + ([] if reply is None else [Effect("delete", words[1])])


def _getset(words: Words, reply: Any) -> list[Effect]:
    return [*_get(words, reply), Effect("write", words[1], words[2])]


def _getrange(words: Words, reply: Any) -> list[Effect]:
    """Only the whole of an entry is one; a part of it cannot be told."""
    if (words[2], words[3]) != (b"0", b"-1"):
        return [Effect("opaque", words[1])]
    return _get(words, reply or None)


def _set(words: Words, reply: Any) -> list[Effect]:
    found = options(words, 3)
    before = _get(words, reply) if b"GET" in found.flags else []
    if not _has_set(found, reply):
        refused = b"NX" in found.flags and reply is not UNSEEN
        return [*before, Effect("refused", words[1])] if refused else before
    return [*before, Effect("write", words[1], words[2], found.ttl)]


def _has_set(found: Options, reply: Any) -> bool:
    if b"GET" not in found.flags or reply is UNSEEN:
        return reply is not None
    if b"NX" in found.flags:
        return reply is None
    if b"XX" in found.flags:
        return reply is not None
    if b"IFEQ" in found.flags:
        return bool(reply == found.operand)
    return True


def _setex(words: Words, _: Any) -> list[Effect]:
    return [Effect("write", words[1], words[3], seconds(words[2], 1))]


def _psetex(words: Words, _: Any) -> list[Effect]:
    return [Effect("write", words[1], words[3], seconds(words[2], 1000))]


def _setnx(words: Words, reply: Any) -> list[Effect]:
    return [Effect("refused", words[1]) if reply == 0 else Effect("write", words[1], words[2])]


def _mset(words: Words, reply: Any) -> list[Effect]:
    """Also MSETNX, which sets all or none."""
    if reply == 0:
        return [Effect("refused", key) for key in words[1::2]]
    return [Effect("write", key, entry) for key, entry in zip(words[1::2], words[2::2])]


def _append(words: Words, reply: Any) -> list[Effect]:
    whole = reply == len(words[2])
    return [Effect("write", words[1], words[2] if whole else None)]


def _change(words: Words, _: Any) -> list[Effect]:
    """A part of the entry becomes another: the whole is not known."""
    return [Effect("write", words[1])]


def _count(words: Words, reply: Any) -> list[Effect]:
    return [Effect("count", words[1], number(reply))]


def _longest_common(words: Words, _: Any) -> list[Effect]:
    return [Effect("opaque", key) for key in words[1:3]]


def _bitop(words: Words, _: Any) -> list[Effect]:
    return [Effect("opaque", key) for key in words[3:]] + [Effect("write", words[2])]


def _part(words: Words, _: Any) -> list[Effect]:
    return [Effect("opaque", words[1])]


def read_and_replaced(key: bytes, old: bytes, new: bytes) -> list[Effect]:
    """Give the effects of a comparison that held."""
    return [Effect("read", key, old), Effect("write", key, new)]


STRINGS: dict[bytes, EffectsOf] = {
    b"GET": _get,
    b"MGET": _mget,
    b"GETEX": _getex,
    b"GETDEL": _getdel,
    b"GETSET": _getset,
    b"GETRANGE": _getrange,
    b"SUBSTR": _getrange,
    b"SET": _set,
    b"SETEX": _setex,
    b"PSETEX": _psetex,
    b"SETNX": _setnx,
    b"MSET": _mset,
    b"MSETNX": _mset,
    b"APPEND": _append,
    b"SETRANGE": _change,
    b"SETBIT": _change,
    b"BITFIELD": _change,
    b"PFADD": _change,
    b"INCR": _count,
    b"INCRBY": _count,
    b"INCRBYFLOAT": _count,
    b"DECR": _count,
    b"DECRBY": _count,
    b"LCS": _longest_common,
    b"BITOP": _bitop,
    b"GETBIT": _part,
    b"BITCOUNT": _part,
    b"BITPOS": _part,
    b"BITFIELD_RO": _part,
}
