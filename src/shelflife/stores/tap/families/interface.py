"""What a family's functions are given and give."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Callable, NamedTuple, Optional

from shelflife.stores.tap.exchange import Effect

Words = Sequence[bytes]
EffectsOf = Callable[[Words, Any], list[Effect]]
"""Gives the effects of a command that succeeded, from its words and its reply."""


class _Unseen:
    """Stands for a reply that the client asked the server not to send."""

    def __repr__(self) -> str:
        return "UNSEEN"


UNSEEN = _Unseen()

_PER_SECOND = {b"EX": 1, b"PX": 1000, b"EXAT": 1, b"PXAT": 1000}
_WITH_OPERAND = frozenset({b"IFEQ", b"IFNE", b"IFDEQ", b"IFDNE"})


class Options(NamedTuple):
    """What follows a command's key and entry.

    Attributes:
        ttl: Seconds; None if none are given.
        flags: Its other options, in upper case.
        operand: The bytes that an option such as IFEQ compares with.
    """

    ttl: Optional[float]
    flags: frozenset[bytes]
    operand: Optional[bytes] = None


NO_OPTIONS = Options(None, frozenset())


def options(words: Words, start: int) -> Options:
    """Read the options of SET, GETEX and RESTORE from that word on."""
    if len(words) <= start:
        return NO_OPTIONS
    ttl: Optional[float] = None
    operand: Optional[bytes] = None
    flags = set()
    following = iter(words[start:])
    for word in following:
        option = word.upper()
        if option in _PER_SECOND:
            ttl = seconds(next(following), _PER_SECOND[option], absolute=option.endswith(b"AT"))
        else:
            flags.add(option)
            if option in _WITH_OPERAND:
                operand = next(following)
    return Options(ttl, frozenset(flags), operand)


def seconds(word: bytes, per_second: int, *, absolute: bool = False) -> float:
    """Give a time to live in seconds from now."""
    given = int(word) / per_second
    return given - time.time() if absolute else given


def number(value: Any) -> Optional[bytes]:
    """Give the bytes that the server keeps for a number it has replied."""
    if type(value) is int:
        return b"%d" % value
    return value if type(value) is bytes else None
