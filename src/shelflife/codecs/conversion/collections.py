"""Annotations with parts: collections and unions.

A collection in which nothing is converted comes back as it is; else a new one is made, if it is of
a type that can be made of its items.
"""

from __future__ import annotations

import collections
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Callable, Optional

from shelflife.codecs.conversion.mismatch import Converter, Mismatch, Work
from shelflife.codecs.conversion.scalars import Anything

ITEMS = (
    list,
    set,
    frozenset,
    deque,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Collection,
    collections.abc.Iterable,
    collections.abc.Set,
    collections.abc.MutableSet,
)
PAIRS = (
    dict,
    OrderedDict,
    defaultdict,
    collections.abc.Mapping,
    collections.abc.MutableMapping,
)

_REMAKE: dict[type, Callable[[Any, list[Any]], Any]] = {
    list: lambda _, items: items,
    tuple: lambda _, items: tuple(items),
    set: lambda _, items: set(items),
    frozenset: lambda _, items: frozenset(items),
    deque: lambda value, items: deque(items, value.maxlen),
    dict: lambda _, pairs: dict(pairs),
    OrderedDict: lambda _, pairs: OrderedDict(pairs),
    defaultdict: lambda value, pairs: defaultdict(value.default_factory, pairs),
    Counter: lambda _, pairs: Counter(dict(pairs)),
}


def _remade(value: Any, items: list[Any], name: str) -> Any:
    remake = _REMAKE.get(type(value))
    if remake is None:
        raise Mismatch(name, value, "its items would have to be converted")
    try:
        return remake(value, items)
    except TypeError:
        raise Mismatch(name, value, "an item is not hashable") from None


def _converted(item: Converter, items: Collection[Any], work: Work) -> Optional[list[Any]]:
    """Give the converted items; None if all of them stay as they are."""
    if isinstance(item, Anything) or set(map(type, items)) <= item.exact:
        return None
    made: list[Any] = []
    changed = False
    try:
        for old in items:
            new = item(old, work)
            changed = changed or new is not old
            made.append(new)
    except Mismatch as error:
        raise error.at(f"[{len(made)}]") from None
    return made if changed else None


class Items:
    """A collection of items of one kind."""

    exact: frozenset[type] = frozenset()

    def __init__(self, kind: Any, item: Converter) -> None:
        self._kind = kind
        self._item = item
        self.name = f"{kind.__name__}[{item.name}]"

    def __call__(self, value: Any, work: Work) -> Any:
        """Give the value or what it converts to, or raise Mismatch."""
        if not isinstance(value, self._kind) or not isinstance(value, Collection):
            raise Mismatch(self.name, value)
        if isinstance(value, (str, bytes, bytearray, Mapping)):
            raise Mismatch(self.name, value)
        items = _converted(self._item, value, work)
        return value if items is None else _remade(value, items, self.name)


class FixedTuple:
    """A tuple with an annotation for each place."""

    exact: frozenset[type] = frozenset()

    def __init__(self, places: list[Converter]) -> None:
        self._places = places
        self.name = f"tuple[{', '.join(place.name for place in places) or '()'}]"

    def __call__(self, value: Any, work: Work) -> Any:
        """Give the value or what it converts to, or raise Mismatch."""
        if not isinstance(value, tuple):
            raise Mismatch(self.name, value)
        if len(value) != len(self._places):
            raise Mismatch(self.name, value, f"of length {len(value)}")
        made: list[Any] = []
        try:
            for place, old in zip(self._places, value):
                made.append(place(old, work))
        except Mismatch as error:
            raise error.at(f"[{len(made)}]") from None
        if all(new is old for new, old in zip(made, value)):
            return value
        return _remade(value, made, self.name)


class Pairs:
    """A mapping. Messages show no key: it is part of the value."""

    exact: frozenset[type] = frozenset()

    def __init__(self, kind: Any, key: Converter, item: Converter) -> None:
        self._kind = kind
        self._key = key
        self._item = item
        self.name = f"{kind.__name__}[{key.name}, {item.name}]"

    def __call__(self, value: Any, work: Work) -> Any:
        """Give the value or what it converts to, or raise Mismatch."""
        if not isinstance(value, self._kind):
            raise Mismatch(self.name, value)
        keys = _converted(self._key, value.keys(), work)
        items = _converted(self._item, value.values(), work)
        if keys is None and items is None:
            return value
        pairs = zip(keys or value.keys(), items or value.values())
        return _remade(value, list(pairs), self.name)


class AnyOf:
    """A union: prefers the alternative that takes the value as it is."""

    def __init__(self, alternatives: Iterable[Converter]) -> None:
        self._alternatives = list(alternatives)
        self.name = " | ".join(alternative.name for alternative in self._alternatives)
        self.exact = frozenset().union(*(each.exact for each in self._alternatives))

    def __call__(self, value: Any, work: Work) -> Any:
        """Give the value or what it converts to, or raise Mismatch."""
        if type(value) in self.exact:
            return value
        converted: list[Any] = []
        deepest = Mismatch(self.name, value)
        for alternative in self._alternatives:
            work.spend()
            try:
                result = alternative(value, work)
            except Mismatch as error:
                if len(error.steps) > len(deepest.steps):
                    deepest = error
                continue
            if result is value:
                return value
            converted.append(result)
        if converted:
            return converted[0]
        try:
            raise deepest.with_traceback(None)
        finally:
            del deepest  # it would keep this frame, and this frame it
