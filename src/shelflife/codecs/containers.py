"""Containers that MessagePack does not have: arrays headed by an empty marker."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Any, Callable, Union
from uuid import UUID

from ormsgpack import Ext, packb

from shelflife.codecs import extensions
from shelflife.codecs.blame import Culprit, Step, attribute, item, member
from shelflife.hashing import HashBudget

Pack = Callable[[Any], bytes]

MARKS = {number: Ext(number, b"") for number in extensions.CONTAINERS.values()}

SETS: dict[type, int] = {set: extensions.SET, frozenset: extensions.FROZENSET}
_NATIVE = frozenset([type(None), bool, int, float, str, bytes])
_SCALAR = _NATIVE | {date, datetime, Decimal, UUID}

MAX_RANGE_BITS = 8192
"""The longest term of a range: finding its length takes quadratic time."""

# The factories that a defaultdict may have, by the name that is written.
FACTORIES: dict[str, type] = {
    kind.__name__: kind
    for kind in (bool, bytes, dict, float, frozenset, int, list, set, str, tuple, deque, Counter)
}


def _expand_tuple(value: tuple[Any, ...], mark: Ext = MARKS[extensions.TUPLE]) -> list[Any]:
    return [mark, *value]


def _expand_set(mark: Ext, pack: Pack, value: Union[set[Any], frozenset[Any]]) -> list[Any]:
    """Order the members by their bytes: so every process finds the same order.

    Members that may hold other sets are left to `exact.py`: ordering those here would pack the
    innermost as often as two to the number of levels.
    """
    kinds = set(map(type, value))
    if kinds <= _NATIVE:
        return [mark, *sorted(value, key=packb)]
    if kinds <= _SCALAR:
        return [mark, *sorted(value, key=pack)]
    raise TypeError("some member of this set may hold another")


def _expand_pairs(mark: Ext, value: dict[Any, Any]) -> list[Any]:
    return [mark, *chain.from_iterable(value.items())]


def _expand_defaultdict(value: defaultdict[Any, Any]) -> list[Any]:
    factory: Any = value.default_factory
    name = next((name for name, known in FACTORIES.items() if known is factory), None)
    if factory is not None and name is None:
        known = ", ".join(sorted(FACTORIES))
        raise Culprit(
            factory,
            f"a defaultdict may have one of these factories: {known}",
            attribute("default_factory"),
        )
    return [MARKS[extensions.DEFAULTDICT], name, *chain.from_iterable(value.items())]


def _expand_deque(value: deque[Any]) -> list[Any]:
    return [MARKS[extensions.DEQUE], value.maxlen, *value]


def _expand_range(value: range) -> list[Any]:
    if not _may_range(value.start, value.stop, value.step):
        raise Culprit(value, f"its terms may have {MAX_RANGE_BITS} bits")
    return [MARKS[extensions.RANGE], value.start, value.stop, value.step]


def expand_dict(value: dict[Any, Any]) -> list[Any]:
    """Expand a dict with keys that are not all text."""
    return _expand_pairs(MARKS[extensions.DICT], value)


def encoders(pack: Pack) -> dict[type, Any]:
    """Give what expands each type of container; `pack` gives the bytes of a set's member."""
    return {
        tuple: _expand_tuple,
        set: partial(_expand_set, MARKS[extensions.SET], pack),
        frozenset: partial(_expand_set, MARKS[extensions.FROZENSET], pack),
        OrderedDict: partial(_expand_pairs, MARKS[extensions.ORDERED_DICT]),
        defaultdict: _expand_defaultdict,
        Counter: partial(_expand_pairs, MARKS[extensions.COUNTER]),
        deque: _expand_deque,
        range: _expand_range,
    }


def _build_frozenset(content: list[Any], hashing: HashBudget) -> frozenset[Any]:
    return frozenset(hashing.members(content))


def _build_defaultdict(content: list[Any], hashing: HashBudget) -> Any:
    name = content[0]
    factory = None if name is None else FACTORIES[name]
    return hashing.pairs(defaultdict(factory), content[1:])


def _build_range(content: list[Any], _: HashBudget) -> range:
    start, stop, step = content
    if not _may_range(start, stop, step):
        raise ValueError("the terms of a range are too long")
    return range(start, stop, step)


def _may_range(*terms: int) -> bool:
    return all(term.bit_length() <= MAX_RANGE_BITS for term in terms)


# Of tuples and registered classes, `restoring` makes short work itself.
BUILDERS: dict[int, Callable[[list[Any], HashBudget], Any]] = {
    extensions.SET: lambda content, hashing: hashing.members(content),
    extensions.FROZENSET: _build_frozenset,
    extensions.DICT: lambda content, hashing: hashing.pairs({}, content),
    extensions.ORDERED_DICT: lambda content, hashing: hashing.pairs(OrderedDict(), content),
    extensions.DEFAULTDICT: _build_defaultdict,
    extensions.COUNTER: lambda content, hashing: hashing.pairs(Counter(), content),
    extensions.DEQUE: lambda content, _: deque(content[1:], content[0]),
    extensions.RANGE: _build_range,
}


def _pair_step(value: Any, index: int) -> Step:
    if index % 2 == 0:
        return member(index // 2)
    return item(list(value)[index // 2])


STEPS: dict[type, Callable[[Any, int], Step]] = {
    tuple: lambda _, index: item(index),
    dict: _pair_step,
    OrderedDict: _pair_step,
    Counter: _pair_step,
    defaultdict: lambda value, index: _pair_step(value, index - 1),
    deque: lambda _, index: item(index - 1),
    range: lambda _, index: attribute(("start", "stop", "step")[index]),
}
