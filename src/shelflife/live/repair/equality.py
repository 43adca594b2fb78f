"""Whether two values are the same, type for type: what a conversion must show before it is written.

Rules:
1. `1`, `1.0` and `True` are three values; so are `0.0` and `-0.0`; NaN is itself. Order of dict
   keys, `fold`, time zones, `maxlen` and default factories count.
2. Objects of other classes are what their `__reduce_ex__` says they are, and what they hold.
3. Neither depth nor cycles matter: a pair that has been met is taken to be equal. What cannot be
   compared is not the same.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from shelflife.pickles import SAFE

_PLAIN = frozenset(
    (type(None), bool, int, str, bytes, bytearray, date, timedelta, timezone, Fraction, UUID)
)
_BY_NAME = (type, FunctionType, BuiltinFunctionType)
_Pairs = list[tuple[Any, Any]]


def are_same(one: Any, two: Any) -> bool:
    """Whether two values are the same, type for type."""
    todo: _Pairs = [(one, two)]
    met: set[tuple[int, int]] = set()
    alive: list[Any] = []  # ids in `met` must not be used again
    try:
        while todo:
            one, two = todo.pop()
            kind = type(one)
            if kind is not type(two):
                return False
            if kind in _PLAIN:
                if one != two:
                    return False
                continue
            if (id(one), id(two)) in met:
                continue
            met.add((id(one), id(two)))
            alive += (one, two)
            if not _BY_KIND.get(kind, _reduced)(one, two, todo):
                return False
    except Exception:  # noqa: BLE001 - `__reduce_ex__` and `__eq__` may be the user's
        return False
    return True


def _float(one: float, two: float, _: _Pairs) -> bool:
    return one.hex() == two.hex()


def _complex(one: complex, two: complex, todo: _Pairs) -> bool:
    todo += ((one.real, two.real), (one.imag, two.imag))
    return True


def _decimal(one: Decimal, two: Decimal, _: _Pairs) -> bool:
    return one.as_tuple() == two.as_tuple()


def _range(one: range, two: range, _: _Pairs) -> bool:
    return (one.start, one.stop, one.step) == (two.start, two.stop, two.step)


def _moment(one: Any, two: Any, todo: _Pairs) -> bool:
    todo.append((one.tzinfo, two.tzinfo))
    return bool(one.replace(tzinfo=None) == two.replace(tzinfo=None) and one.fold == two.fold)


def _zone(one: ZoneInfo, two: ZoneInfo, _: _Pairs) -> bool:
    return one.key == two.key and one.key is not None


def _sequence(one: Any, two: Any, todo: _Pairs) -> bool:
    return len(one) == len(two) and _parts(one, two, todo)


def _parts(one: Iterable[Any], two: Iterable[Any], todo: _Pairs) -> bool:
    """Compare plain parts at once, which most are, and leave the others to be done."""
    for mine, theirs in zip(one, two):
        kind = type(mine)
        if kind not in _PLAIN:
            todo.append((mine, theirs))
        elif kind is not type(theirs) or mine != theirs:
            return False
    return True


def _deque(one: Any, two: Any, todo: _Pairs) -> bool:
    return one.maxlen == two.maxlen and _sequence(one, two, todo)


def _dict(one: Any, two: Any, todo: _Pairs) -> bool:
    return (
        len(one) == len(two) and _parts(one, two, todo) and _parts(one.values(), two.values(), todo)
    )


def _defaultdict(one: Any, two: Any, todo: _Pairs) -> bool:
    return one.default_factory is two.default_factory and _dict(one, two, todo)


def _set(one: Any, two: Any, todo: _Pairs) -> bool:
    partners = {member: member for member in two}
    if len(one) != len(two) or not all(member in partners for member in one):
        return False
    todo.extend((member, partners[member]) for member in one)
    return True


def _reduced(one: Any, two: Any, todo: _Pairs) -> bool:
    if isinstance(one, _BY_NAME):
        return one is two
    if not _is_known(type(one)):
        todo.append((_held(one), _held(two)))
    before, after = one.__reduce_ex__(4), two.__reduce_ex__(4)
    if isinstance(before, str) or isinstance(after, str):
        return one is two
    if len(before) != len(after):
        return False
    for index, (mine, theirs) in enumerate(zip(before, after)):
        # The last two are iterators over items.
        todo.append((list(mine), list(theirs)) if index > 2 and mine and theirs else (mine, theirs))
    return True


def _is_known(kind: type) -> bool:
    """Whether a class says all of itself; some keep what they have computed, which may differ."""
    return kind.__module__ == "builtins" or f"{kind.__module__}.{kind.__qualname__}" in SAFE


def _held(value: Any) -> list[Any]:
    """Give what an object holds, whatever it says of itself: attributes, and its base's content."""
    content: list[Any] = [dict(getattr(value, "__dict__", ()))]
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            member = kind.__dict__.get(_mangled(kind, name))
            if isinstance(member, MemberDescriptorType):
                content.append(_slot(member, value))
        if kind in _BASES:
            content.append(_BASES[kind](value))
    return content


def _slot(member: MemberDescriptorType, value: Any) -> Any:
    try:
        return [member.__get__(value)]
    except AttributeError:
        return []


def _mangled(kind: type, name: str) -> str:
    hidden = name.startswith("__") and not name.endswith("__")
    return f"_{kind.__name__.lstrip('_')}{name}" if hidden else name


_BASES: dict[type, Callable[[Any], Any]] = {
    dict: lambda value: [list(dict.keys(value)), list(dict.values(value))],
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: list(tuple.__iter__(value)),
    set: lambda value: frozenset(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    str: str.__str__,
    bytes: lambda value: bytes(memoryview(value)),
    int: lambda value: int.__add__(value, 0),
    float: float.hex,
}
_BY_KIND: dict[type, Callable[[Any, Any, _Pairs], bool]] = {
    float: _float,
    complex: _complex,
    Decimal: _decimal,
    range: _range,
    datetime: _moment,
    time: _moment,
    ZoneInfo: _zone,
    list: _sequence,
    tuple: _sequence,
    deque: _deque,
    dict: _dict,
    OrderedDict: _dict,
    Counter: _dict,
    defaultdict: _defaultdict,
    set: _set,
    frozenset: _set,
}
