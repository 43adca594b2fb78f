"""Reading hashes, sets, sorted sets, lists and streams piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from shelflife.stores.request import Words

_PIECE = b"200"
_Ask = Callable[[Words], Any]


def read_elements(
    ask: _Ask, key: bytes, redis_type: str, most: int
) -> Iterator[tuple[bytes, bytes]]:
    """Give fields and values of a key that is no string, the first `most` of them.

    Args:
        ask: Gives the reply to a command, or raises.
        key: Which.
        redis_type: What TYPE says of it; nothing is given of one that is not known here.
        most: How many.
    """
    if redis_type == "hash":
        yield from _pairs(ask, b"HSCAN", key, most)
    elif redis_type == "set":
        yield from _scanned(ask, b"SSCAN", key, most)
    elif redis_type == "zset":
        for member, _ in _pairs(ask, b"ZSCAN", key, most):
            yield b"", member
    elif redis_type == "list":
        for item in ask((b"LRANGE", key, b"0", b"%d" % (most - 1))):
            yield b"", item
    elif redis_type == "stream":
        for _, fields in ask((b"XRANGE", key, b"-", b"+", b"COUNT", b"%d" % most)):
            yield from zip(fields[::2], fields[1::2])


def _pairs(ask: _Ask, command: bytes, key: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    cursor = b""
    while cursor != b"0" and most > 0:
        cursor, flat = ask((command, key, cursor or b"0", b"COUNT", _PIECE))
        yield from zip(flat[: 2 * most : 2], flat[1 : 2 * most : 2])
        most -= len(flat) // 2


def _scanned(ask: _Ask, command: bytes, key: bytes, most: int) -> Iterator[tuple[bytes, bytes]]:
    cursor = b""
    while cursor != b"0" and most > 0:
        cursor, found = ask((command, key, cursor or b"0", b"COUNT", _PIECE))
        for member in found[:most]:
            yield b"", member
        most -= len(found)
