"""How deep a value is, and what hashing or comparing it costs."""

from __future__ import annotations

import gc
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from typing import Any
from uuid import UUID

LEAVES = frozenset(
    {type(None), bool, int, float, complex, str, bytes, bytearray, datetime, date, time}
    | {timedelta, Decimal, Fraction, UUID, range}
)
_SEQUENCES = frozenset((list, tuple, set, frozenset, deque))
_MAPPINGS = frozenset((dict, OrderedDict, defaultdict, Counter))
_CAP = 1 << 62  # shared parts make costs double at every level


def weigh(root: Any, made: Mapping[int, Any]) -> tuple[int, int]:
    """Measure a value without recursion, each part of it once.

    Args:
        root: The value.
        made: The objects of other than built-in types to look into, by id.

    Returns:
        The number of parts that a recursive visit meets, shared ones each time, and the depth.
    """
    known: dict[int, tuple[int, int]] = {}
    below: dict[int, list[Any]] = {}
    path = [root]
    while path:
        part = path[-1]
        key = id(part)
        parts = below.get(key)
        if parts is None:
            parts = below[key] = _parts(part, made)
            deeper = [child for child in parts if id(child) not in below]
            if deeper:
                path.extend(deeper)
                continue
        path.pop()
        if key not in known:
            known[key] = _sum(parts, len(part) if type(part) in _SEQUENCES else 1, known)
    return known[id(root)]


def _sum(parts: Iterable[Any], cost: int, known: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
    """Add up what is below; a part that is being visited closes a cycle and counts nothing."""
    level = 0
    for part in parts:
        found = known.get(id(part))
        if found is not None:
            cost += found[0]
            level = max(level, found[1])
    return min(cost + 1, _CAP), level + 1


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
        if type(part) not in LEAVES
        and (type(part) in _SEQUENCES or type(part) in _MAPPINGS or id(part) in made)
    ]
