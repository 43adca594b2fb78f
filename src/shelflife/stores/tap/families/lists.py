"""Lists: each item is an entry of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from shelflife.stores.tap.exchange import Effect
from shelflife.stores.tap.families.interface import UNSEEN, EffectsOf, Words


def _effects(kind: str, key: bytes, items: Iterable[Optional[bytes]]) -> list[Effect]:
    return [Effect(kind, key, item, None, "list") for item in items]


def _push(words: Words, reply: Any) -> list[Effect]:
    """Also those that push only onto a list that is there, and say 0 if it is not."""
    return [] if reply == 0 else _effects("write", words[1], words[2:])


def _range(words: Words, reply: Any) -> list[Effect]:
    return [] if reply is UNSEEN else _effects("read", words[1], reply or [None])


def _index(words: Words, reply: Any) -> list[Effect]:
    return [] if reply is UNSEEN else _effects("read", words[1], [reply])


def _pop(words: Words, reply: Any) -> list[Effect]:
    if reply is UNSEEN:
        return []
    found = reply if isinstance(reply, list) else [reply]
    return _taken(words[1], found)


def _taken(key: bytes, items: list[Optional[bytes]]) -> list[Effect]:
    there = [item for item in items if item is not None]
    return _effects("read", key, items) + _effects("delete", key, there)


def _blocking_pop(_: Words, reply: Any) -> list[Effect]:
    if not isinstance(reply, list):  # nothing came in time
        return []
    return _taken(reply[0], reply[1:])


def _move(words: Words, reply: Any) -> list[Effect]:
    """RPOPLPUSH, LMOVE and those of them that wait."""
    if type(reply) is not bytes:
        return []
    return [*_taken(words[1], [reply]), *_effects("write", words[2], [reply])]


def _set(words: Words, _: Any) -> list[Effect]:
    return _effects("write", words[1], words[3:4])


def _insert(words: Words, reply: Any) -> list[Effect]:
    return [] if reply in (0, -1) else _effects("write", words[1], words[4:5])


def _remove(words: Words, reply: Any) -> list[Effect]:
    return [] if reply == 0 else _effects("delete", words[1], words[3:4])


LISTS: dict[bytes, EffectsOf] = {
    b"LPUSH": _push,
    b"RPUSH": _push,
    b"LPUSHX": _push,
    b"RPUSHX": _push,
    b"LRANGE": _range,
    b"LINDEX": _index,
    b"LPOP": _pop,
    b"RPOP": _pop,
    b"BLPOP": _blocking_pop,
    b"BRPOP": _blocking_pop,
    b"RPOPLPUSH": _move,
    b"BRPOPLPUSH": _move,
    b"LMOVE": _move,
    b"BLMOVE": _move,
    b"LSET": _set,
    b"LINSERT": _insert,
    b"LREM": _remove,
}
