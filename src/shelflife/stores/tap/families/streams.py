"""Streams: each field of each of their elements is an entry of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shelflife.stores.tap.exchange import Effect
from shelflife.stores.tap.families.interface import UNSEEN, EffectsOf, Words

_ADD_FLAGS = frozenset({b"NOMKSTREAM", b"KEEPREF", b"DELREF", b"ACKED"})
_TRIMMING = frozenset({b"MAXLEN", b"MINID"})


def _add(words: Words, reply: Any) -> list[Effect]:
    if reply is None:  # NOMKSTREAM, and there is none
        return []
    start = _id_at(words) + 1
    pairs = zip(words[start::2], words[start + 1 :: 2])
    return [Effect("write", words[1], entry, None, "stream", field) for field, entry in pairs]


def _id_at(words: Words) -> int:
    at = 2
    while True:
        option = words[at].upper()
        if option in _ADD_FLAGS:
            at += 1
        elif option in _TRIMMING:
            at += 3 if words[at + 1] in (b"=", b"~") else 2
        elif option == b"LIMIT":
            at += 2
        else:
            return at


def _range(words: Words, reply: Any) -> list[Effect]:
    return [] if reply is UNSEEN else list(_elements(words[1], reply))


def _read(_: Words, reply: Any) -> list[Effect]:
    """XREAD and XREADGROUP: elements of several streams, or nothing in time."""
    if not isinstance(reply, list) or not reply:
        return []
    flat = reply if type(reply[0]) is bytes else [part for pair in reply for part in pair]
    streams = zip(flat[::2], flat[1::2])
    return [effect for key, elements in streams for effect in _elements(key, elements)]


def _elements(key: bytes, elements: list[Any]) -> Iterator[Effect]:
    for _, fields in elements:
        for field, entry in zip((fields or [])[::2], (fields or [])[1::2]):
            yield Effect("read", key, entry, None, "stream", field)


def _delete(words: Words, reply: Any) -> list[Effect]:
    if reply == 0:
        return []
    return [Effect("delete", words[1], None, None, "stream", which) for which in words[2:]]


STREAMS: dict[bytes, EffectsOf] = {
    b"XADD": _add,
    b"XRANGE": _range,
    b"XREVRANGE": _range,
    b"XREAD": _read,
    b"XREADGROUP": _read,
    b"XDEL": _delete,
}
