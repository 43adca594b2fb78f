"""Packing in one native pass, and telling when that pass was not exact.

ormsgpack packs None, bool, int, float, str, bytes, list and dict of exactly these types itself and
asks us for the rest, with two exceptions: it takes bytearray and memoryview for bytes, and it
passes on its own Ext and Fragment, which no user should hand to it. So when a packed
value has a byte that can announce bytes, the value's types are looked through. Where that finds
something, or packing fails, `exact.py` rewrites the value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from itertools import chain
from typing import Any, Protocol

import ormsgpack
from ormsgpack import Ext, packb

from shelflife.codecs.blame import Culprit

orjson: Any
try:
    import orjson
except ImportError:
    orjson = None


class Encoders(Protocol):
    """What expands each type: a dict, or what stands for one."""

    def get(self, kind: type, default: Any = None, /) -> Any:
        """Give what expands a type."""


OPTIONS = (
    ormsgpack.OPT_PASSTHROUGH_BIG_INT
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    | ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_UUID
)
MAX_DEPTH = 255  # ormsgpack's; reading allows 1022

_INEXACT = frozenset(
    [bytearray, memoryview, Ext]
    # since 1.13 only
    + ([ormsgpack.Fragment] if hasattr(ormsgpack, "Fragment") else [])
)
_ORJSON_OPTIONS = orjson and (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_DICTS_ONLY, _LISTS_ONLY = {dict}, {list}
_ROWS = 8  # for fewer, columns do not pay


def expand(encoders: Encoders, trail: list[Any], value: Any) -> Any:
    """Give ormsgpack something it can pack instead of `value`.

    Args:
        encoders: What to do with each type.
        trail: Takes every expansion, to be looked through afterwards; and what was raised,
            because ormsgpack swallows that, even a KeyboardInterrupt.
        value: What ormsgpack does not pack itself.
    """
    try:
        expanded = encoders.get(type(value), _refuse)(value)
    except BaseException as error:
        trail.append(error)
        raise
    if type(expanded) is list:
        trail.append(expanded)
    return expanded


def _refuse(value: Any) -> Any:
    raise Culprit(value)


def pack(encoders: Encoders, value: Any) -> bytes:
    """Pack without looking for what is packed inexactly."""
    return packb(value, partial(expand, encoders, []), OPTIONS)


def may_hold_bytes(payload: bytes) -> bool:
    """Whether any byte of the payload may announce bytes."""
    return 0xC4 in payload or 0xC5 in payload or 0xC6 in payload


def holds_inexact(value: Any, expansions: list[list[Any]]) -> bool:
    """Whether a list or dict in the value or its expansions holds what is packed inexactly."""
    level: list[Collection[Any]] = [(value,)]
    level += [expansion[1:] for expansion in expansions]  # without the markers
    return not _passes_orjson(level) and _scan(level)


def _passes_orjson(level: list[Collection[Any]]) -> bool:
    """Whether the extra `fast` is installed and finds nothing inexact: a third of the scan's time.

    orjson asks `_look_at` about all that JSON has no form for. What it refuses for other reasons
    is left to the scan.
    """
    if orjson is None:
        return False
    try:
        orjson.dumps(level, _look_at, _ORJSON_OPTIONS)
    except TypeError:
        return False
    return True


def _look_at(value: Any) -> None:
    if type(value) in _INEXACT:
        raise TypeError


def _scan(level: list[Collection[Any]]) -> bool:
    """Look through the types level by level at the speed of C, about 30 ns a value."""
    while level:
        below: list[Collection[Any]] = []
        for items in _columns(level):
            kinds = set(map(type, items))
            if not _INEXACT.isdisjoint(kinds):
                return True
            if kinds == _LISTS_ONLY:
                below += items
            elif list in kinds:
                below += [item for item in items if type(item) is list]
            if kinds == _DICTS_ONLY:
                below += map(dict.values, items)
            elif dict in kinds:
                below += [item.values() for item in items if type(item) is dict]
        level = below
    return False


def _columns(level: list[Collection[Any]]) -> Iterable[Collection[Any]]:
    """Give rows of one length by columns, which mostly are of one type each."""
    if len(level) > _ROWS and len(set(map(len, level))) == 1:
        return zip(*level)
    return [list(chain.from_iterable(level))]
