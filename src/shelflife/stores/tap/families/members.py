"""Sets and sorted sets: each member is an entry of its own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Optional

from shelflife.stores.tap.exchange import Effect
from shelflife.stores.tap.families.interface import UNSEEN, EffectsOf, Words

_ADD_FLAGS = frozenset({b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"})


def _effects(kind: str, redis_type: str, key: bytes, members: Iterable[bytes]) -> list[Effect]:
    return [Effect(kind, key, member, None, redis_type) for member in members]


def _add(words: Words, _: Any) -> list[Effect]:
    return _effects("write", "set", words[1], words[2:])


def _remove(redis_type: str, words: Words, reply: Any) -> list[Effect]:
    return [] if reply == 0 else _effects("delete", redis_type, words[1], words[2:])


def _members(words: Words, reply: Any) -> list[Effect]:
    """Also SRANDMEMBER, whose reply without a count is one member."""
    if reply is UNSEEN:
        return []
    found: list[Optional[bytes]] = reply if isinstance(reply, list) else [reply]
    return [Effect("read", words[1], member, None, "set") for member in found or [None]]


def _pop(words: Words, reply: Any) -> list[Effect]:
    read = _members(words, reply)
    return read + [effect._replace(kind="delete") for effect in read if effect.entry is not None]


def _scan(redis_type: str, words: Words, reply: Any) -> list[Effect]:
    if reply is UNSEEN:
        return []
    found = reply[1] if redis_type == "set" else reply[1][::2]
    return _effects("read", redis_type, words[1], found)


def _zadd(words: Words, _: Any) -> list[Effect]:
    start = 2
    while words[start].upper() in _ADD_FLAGS:
        start += 1
    return _effects("write", "zset", words[1], words[start + 1 :: 2])


def _zincrby(words: Words, _: Any) -> list[Effect]:
    return _effects("write", "zset", words[1], words[3:4])


def _range(words: Words, reply: Any) -> list[Effect]:
    if reply is UNSEEN:
        return []
    scored = any(word.upper() == b"WITHSCORES" for word in words[4:])
    found = _without_scores(reply) if scored else reply
    return _effects("read", "zset", words[1], found) or [
        Effect("read", words[1], None, None, "zset")
    ]


def _without_scores(reply: list[Any]) -> list[bytes]:
    if reply and isinstance(reply[0], list):  # as RESP3 has it
        return [pair[0] for pair in reply]
    return reply[::2]


def _zpop(words: Words, reply: Any) -> list[Effect]:
    found = [] if reply is UNSEEN else _without_scores(reply)
    read = _effects("read", "zset", words[1], found)
    return read + _effects("delete", "zset", words[1], found)


MEMBERS: dict[bytes, EffectsOf] = {
    b"SADD": _add,
    b"SREM": partial(_remove, "set"),
    b"SMEMBERS": _members,
    b"SRANDMEMBER": _members,
    b"SPOP": _pop,
    b"SSCAN": partial(_scan, "set"),
    b"ZADD": _zadd,
    b"ZINCRBY": _zincrby,
    b"ZREM": partial(_remove, "zset"),
    b"ZRANGE": _range,
    b"ZREVRANGE": _range,
    b"ZRANGEBYSCORE": _range,
    b"ZREVRANGEBYSCORE": _range,
    b"ZRANGEBYLEX": _range,
    b"ZREVRANGEBYLEX": _range,
    b"ZPOPMIN": _zpop,
    b"ZPOPMAX": _zpop,
    b"ZSCAN": partial(_scan, "zset"),
}
