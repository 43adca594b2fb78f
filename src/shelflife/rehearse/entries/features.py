"""What an entry's bytes contain, found out from them alone.

Rules:
1. Nothing of the user's is imported or run: stand-ins are built for instances of their classes.
2. At most `MOST` bytes and `_MOST_PARTS` values are looked at. What is longer, or cannot be
   decoded, has no types; of text outside ASCII it has what can be seen without decoding.
3. Python 2's 8-bit strings are text.
4. Whatever the bytes, there is an answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from shelflife.dialects import Recognised
from shelflife.pickles.weigh import LEAVES
from shelflife.rehearse.entries.contents import UNDECODED, decode, unwrap
from shelflife.rehearse.entries.stand_in import StandIn
from shelflife.rehearse.entries.undecoded import shows_non_ascii

LARGE = 64 << 10
_MOST_PARTS = 50_000
_NAMES = {type(None): "None", str: "text", StandIn: "object", type: "object", frozenset: "set"}
_BINARY = frozenset({bytes, bytearray})
_SEQUENCES = (list, tuple, set, frozenset, deque)
_CONTAINERS = (*_SEQUENCES, dict)


class Features(NamedTuple):
    """What an entry contains.

    Attributes:
        non_ascii: Text outside ASCII, in a value or a key.
        bytes: Binary data.
        empty: The whole value is None, or an empty text or container.
        large: The entry has 64 KiB or more.
        nested: A container, or an object, holds a container.
        types: The names of the types of the value and all its parts (text as keys excepted):
            "None", "bool", "int", "float", "text", "bytes", "list", "dict", "tuple", "set",
            "datetime", "Decimal", ..., and "object" for a user's class.
    """

    non_ascii: bool = False
    bytes: bool = False
    empty: bool = False
    large: bool = False
    nested: bool = False
    types: frozenset[str] = frozenset()


def features_of(found: Recognised, raw: bytes) -> Features:
    """Find out what an entry contains. Never raises.

    Args:
        found: What `recognise` says of it.
        raw: Its bytes.
    """
    large = len(raw) >= LARGE
    if found.reason:
        return Features(large=large)
    try:
        unwrapped = unwrap(found, raw)
        content = decode(unwrapped)
        if content is UNDECODED:
            return Features(non_ascii=shows_non_ascii(unwrapped), large=large)
        return _Visit(content).features()._replace(large=large)
    except Exception:  # noqa: BLE001 - rule 4
        return Features(large=large)


class _Visit:
    """Goes through a value once, container by container, without recursion."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._met: set[int] = set()
        self._left = _MOST_PARTS
        self._todo: list[Any] = []
        self._types: set[type] = set()
        self._non_ascii = self._nested = False

    def features(self) -> Features:
        """Give what is met."""
        self._see([self._root])
        while self._todo and self._left > 0:
            whole = self._todo.pop()
            if id(whole) not in self._met:
                self._met.add(id(whole))
                self._open(whole)
        names = frozenset(_NAMES.get(kind, kind.__name__) for kind in self._types)
        return Features(
            non_ascii=self._non_ascii,
            bytes=not self._types.isdisjoint(_BINARY),
            empty=self._root is None or (hasattr(self._root, "__len__") and not self._root),
            nested=self._nested,
            types=names,
        )

    def _open(self, whole: Any) -> None:
        kind = type(whole)
        before = len(self._todo)
        if kind is StandIn:
            self._see(whole.parts)
        elif isinstance(whole, dict):
            if set(map(type, whole)) != {str}:
                self._see([key for key in whole if type(key) is not str])
            self._see_texts(whole)
            self._see(whole.values())
        elif isinstance(whole, _SEQUENCES):
            self._see(whole)
        self._nested = self._nested or any(
            isinstance(part, _CONTAINERS) for part in self._todo[before:]
        )

    def _see(self, parts: Collection[Any]) -> None:
        """Look at what is in a container; what may hold more is looked at later."""
        self._left -= len(parts)
        kinds = set(map(type, parts))
        self._types |= kinds
        if str in kinds:
            self._see_texts(parts)
        if not kinds <= LEAVES:
            self._todo += [part for part in parts if type(part) not in LEAVES]

    def _see_texts(self, parts: Iterable[Any]) -> None:
        if not self._non_ascii:
            self._non_ascii = not all(part.isascii() for part in parts if type(part) is str)
