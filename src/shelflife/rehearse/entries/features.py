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
from collections.abc import Mapping
from typing import Any, NamedTuple

from shelflife.dialects import Recognised
from shelflife.rehearse.entries.contents import UNDECODED, decode, unwrap
from shelflife.rehearse.entries.stand_in import StandIn
from shelflife.rehearse.entries.undecoded import shows_non_ascii

LARGE = 64 << 10
_MOST_PARTS = 50_000
_NAMES = {type(None): "None", str: "text", StandIn: "object", frozenset: "set"}
_BINARY = frozenset({bytes, bytearray})
_SEQUENCES = (list, tuple, set, frozenset, deque)


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
    """Goes through a value once, without recursion."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._met: set[int] = set()
        self._todo: list[tuple[Any, bool]] = [(root, False)]  # parts, and whether in a container
        self._types: set[type] = set()
        self._non_ascii = self._nested = False

    def features(self) -> Features:
        """Give what was met."""
        todo = self._todo
        for _ in range(_MOST_PARTS):
            if not todo:
                break
            self._look(*todo.pop())
        names = frozenset(_NAMES.get(kind, kind.__name__) for kind in self._types)
        return Features(
            non_ascii=self._non_ascii,
            bytes=not self._types.isdisjoint(_BINARY),
            empty=self._root is None or (hasattr(self._root, "__len__") and not self._root),
            nested=self._nested,
            types=names,
        )

    def _look(self, part: Any, is_within: bool) -> None:
        kind = type(part)
        if kind is str:
            self._types.add(kind)
            self._non_ascii = self._non_ascii or not part.isascii()
            return
        self._types.add(StandIn if kind is type else kind)  # a class by its name
        inner = _parts(part)
        if inner is None:
            return
        self._nested = self._nested or (is_within and kind is not StandIn)
        if id(part) not in self._met:
            self._met.add(id(part))
            self._todo += [(each, True) for each in inner]
            if isinstance(part, Mapping):
                self._look_at_keys(part)

    def _look_at_keys(self, keys: Any) -> None:
        for key in keys:
            if type(key) is str:
                self._non_ascii = self._non_ascii or not key.isascii()
            else:
                self._look(key, is_within=True)


def _parts(part: Any) -> Any:
    """Give what a container or object holds, without keys; None for anything else."""
    if type(part) is StandIn:
        return part.parts
    if isinstance(part, Mapping):
        return part.values()
    return part if isinstance(part, _SEQUENCES) else None
