"""How deep a value is, and what hashing or comparing it costs."""

from __future__ import annotations

import gc
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import Any, Optional
from uuid import UUID

_Weight = tuple[int, int]

LEAVES = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray, datetime, date, time}
    | {timedelta, Decimal, Fraction, UUID, range}
)
_SEQUENCES = frozenset((list, tuple, set, frozenset, deque))
_MAPPINGS = frozenset((dict, OrderedDict, defaultdict, Counter))
_SIZED = _SEQUENCES | _MAPPINGS
_RECOUNTED = 8  # what holds no more, and no containers, is not worth being remembered
_SMALL = (_RECOUNTED + 1, 1)
_CAP = 1 << 62  # shared parts make costs double at every level


def weigh(root: Any, made: Mapping[int, Any], deepest: int) -> tuple[int, int]:
    """Measure a value without recursion, each part of it once.

    Args:
        root: The value.
        made: The objects of other than built-in types to look into, by id.
        deepest: How deep to look; what is deeper is not measured further.

    Returns:
        The number of parts that a recursive visit meets, shared ones each time, and the depth.
    """
    known: dict[int, Optional[_Weight]] = {id(root): None}
    parts = _parts(root, made)
    open_: list[tuple[Any, list[Any], Iterator[Any]]] = [(root, parts, iter(parts))]
    while open_:
        whole, parts, rest = open_[-1]
        if len(open_) > deepest:
            return _CAP, len(open_)
        for part in rest:
            if id(part) in known:
                continue
            below = _parts(part, made)
            if below:
                known[id(part)] = None
                open_.append((part, below, iter(below)))
                break
            if id(part) in made or len(part) > _RECOUNTED:
                known[id(part)] = _sum(part, (), known)
        else:
            open_.pop()
            known[id(whole)] = _sum(whole, parts, known)
    return known[id(root)] or (_CAP, deepest + 1)


def _sum(whole: Any, parts: Iterable[Any], known: Mapping[int, Optional[_Weight]]) -> _Weight:
    """Add up what is below; a part that is still open closes a cycle and counts nothing."""
    cost = 1 + (len(whole) if type(whole) in _SIZED else 0)
    level = 0
    for part in parts:
        found = known.get(id(part), _SMALL)
        if found is not None:
            cost += found[0]
            level = max(level, found[1])
    return min(cost, _CAP), level + 1


def _parts(whole: Any, made: Mapping[int, Any]) -> list[Any]:
    kind = type(whole)
    found: Iterable[Any]
    if kind in _MAPPINGS:
        found = chain(whole, whole.values())
    elif kind in _SEQUENCES:
        found = whole
    elif id(whole) in made:
        found = gc.get_referents(whole)  # any kind of state, and runs no code of the class
    else:
        return []
    return [
        part
        for part in found
        if type(part) not in LEAVES and (type(part) in _SIZED or id(part) in made)
    ]
