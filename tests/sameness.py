"""Whether two values are the same, type for type: what `==` does not tell."""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import datetime, time, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID


def same(one: Any, other: Any) -> bool:
    """Compare types, order, NaNs, signs of zero, zones, folds, lengths and factories as well."""
    if type(one) is not type(other):
        return False
    compare = _BY_TYPE.get(type(one))
    if compare is not None:
        return bool(compare(one, other))
    return bool(one == other) and repr(one) == repr(other)


def _same_float(one: float, other: float) -> bool:
    return struct.pack(">d", one) == struct.pack(">d", other) or (one != one and other != other)  # noqa: PLR0124


def _same_members(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(map(same, one, other))


def _same_pairs(one: Any, other: Any) -> bool:
    return _same_members(list(one.items()), list(other.items()))


def _same_set(one: Any, other: Any) -> bool:
    """Compare members by the representation that tells types apart."""
    left = list(other)
    for member in one:
        match = next((index for index, found in enumerate(left) if same(member, found)), None)
        if match is None:
            return False
        del left[match]
    return not left


def _same_zone(one: Any, other: Any) -> bool:
    if type(one) is timezone:
        return type(other) is timezone and repr(one) == repr(other)
    return one is other


def _same_moment(one: Any, other: Any) -> bool:
    naive = one.replace(tzinfo=None) == other.replace(tzinfo=None)
    return naive and one.fold == other.fold and _same_zone(one.tzinfo, other.tzinfo)


_BY_TYPE: dict[type, Any] = {
    float: _same_float,
    complex: lambda one, other: (
        _same_float(one.real, other.real) and _same_float(one.imag, other.imag)
    ),
    str: lambda one, other: one == other,
    int: lambda one, other: one == other,
    Decimal: lambda one, other: one.as_tuple() == other.as_tuple(),
    Fraction: lambda one, other: one == other,
    UUID: lambda one, other: one == other and one.is_safe is other.is_safe,
    list: _same_members,
    tuple: _same_members,
    deque: lambda one, other: one.maxlen == other.maxlen and _same_members(one, other),
    set: _same_set,
    frozenset: _same_set,
    dict: _same_pairs,
    OrderedDict: _same_pairs,
    Counter: _same_pairs,
    defaultdict: lambda one, other: (
        one.default_factory is other.default_factory and _same_pairs(one, other)
    ),
    datetime: _same_moment,
    time: _same_moment,
}
