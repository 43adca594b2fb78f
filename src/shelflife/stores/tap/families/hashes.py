"""Hashes: each field is an entry of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from shelflife.stores.tap.exchange import Effect
from shelflife.stores.tap.families.interface import UNSEEN, EffectsOf, Words, number


def _effect(kind: str, key: bytes, field: bytes, entry: Optional[bytes] = None) -> Effect:
    return Effect(kind, key, entry, None, "hash", field)


def _hset(words: Words, _: Any) -> list[Effect]:
    pairs = zip(words[2::2], words[3::2])
    return [_effect("write", words[1], field, entry) for field, entry in pairs]


def _hsetnx(words: Words, reply: Any) -> list[Effect]:
    if reply == 0:
        return [Effect("refused", words[1], redis_type="hash", field=words[2])]
    return _hset(words, reply)


def _hget(words: Words, reply: Any) -> list[Effect]:
    return [] if reply is UNSEEN else [_effect("read", words[1], words[2], reply)]


def _hmget(words: Words, reply: Any) -> list[Effect]:
    return [] if reply is UNSEEN else _read(words[1], zip(words[2:], reply))


def _hgetall(words: Words, reply: Any) -> list[Effect]:
    if reply is UNSEEN:
        return []
    return _read(words[1], zip(reply[::2], reply[1::2])) or [_effect("read", words[1], b"")]


def _hvals(words: Words, reply: Any) -> list[Effect]:
    """Which entry is whose is not told."""
    if reply is UNSEEN:
        return []
    return _read(words[1], ((b"", entry) for entry in reply)) or [_effect("read", words[1], b"")]


def _hscan(words: Words, reply: Any) -> list[Effect]:
    if reply is UNSEEN or any(word.upper() == b"NOVALUES" for word in words[3:]):
        return []
    return _read(words[1], zip(reply[1][::2], reply[1][1::2]))


def _read(key: bytes, pairs: Iterable[tuple[bytes, Optional[bytes]]]) -> list[Effect]:
    return [_effect("read", key, field, entry) for field, entry in pairs]


def _hdel(words: Words, reply: Any) -> list[Effect]:
    return [] if reply == 0 else [_effect("delete", words[1], field) for field in words[2:]]


def _hincrby(words: Words, reply: Any) -> list[Effect]:
    return [_effect("count", words[1], words[2], number(reply))]


HASHES: dict[bytes, EffectsOf] = {
    b"HSET": _hset,
    b"HMSET": _hset,
    b"HSETNX": _hsetnx,
    b"HGET": _hget,
    b"HMGET": _hmget,
    b"HGETALL": _hgetall,
    b"HVALS": _hvals,
    b"HSCAN": _hscan,
    b"HDEL": _hdel,
    b"HINCRBY": _hincrby,
    b"HINCRBYFLOAT": _hincrby,
}
