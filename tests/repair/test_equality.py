"""Type for type: what conversion calls the same value."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from shelflife.live.repair.equality import are_same

BERLIN = ZoneInfo("Europe/Berlin")
NAN = float("nan")


@dataclass
class Article:
    """A class of an application."""

    title: str
    tags: Any = ()


def loop() -> list[Any]:
    """A list that holds itself."""
    one: list[Any] = [1]
    one.append(one)
    return one


MAKE: list[Any] = [
    lambda: None,
    lambda: [1, 2.5, True, "é", b"x", bytearray(b"y"), 1j, NAN, -0.0],
    lambda: {"a": (1, {2, 3}), 4: frozenset("ab"), None: [{}]},
    lambda: OrderedDict([("b", 1), ("a", 2)]),
    lambda: defaultdict(list, a=[1]),
    lambda: Counter("aab"),
    lambda: deque([1, 2], maxlen=5),
    lambda: datetime(2019, 11, 1, 2, 30, fold=1, tzinfo=BERLIN),
    lambda: datetime(2019, 11, 1, tzinfo=timezone(timedelta(hours=2), "two")),
    lambda: time(1, 2, tzinfo=timezone.utc),
    lambda: [Decimal("1.10"), Fraction(1, 3), UUID(int=7), range(0, 9, 2), timedelta(1)],
    lambda: [ip_address("::1"), PurePosixPath("a/b"), ValueError("x")],
    lambda: Article("t", [Article("u")]),
    lambda: {"big": 10**40, "class": Article},
    loop,
]

OTHERS: list[tuple[Any, Any]] = [
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    ("a", b"a"),
    (b"a", bytearray(b"a")),
    ([1], (1,)),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({1: "x"}, {True: "x"}),
    ({1: "x"}, OrderedDict({1: "x"})),
    ({1, 2}, {1, 2.0}),
    (Decimal("1.1"), Decimal("1.10")),
    (range(0), range(1, 1)),
    (deque([1], maxlen=2), deque([1])),
    (defaultdict(list), defaultdict(set)),
    (datetime(2019, 10, 27, 2, 30), datetime(2019, 10, 27, 2, 30, fold=1)),
    (
        datetime(2019, 1, 1, tzinfo=BERLIN),
        datetime(2019, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    ),
    (Article("t", [1]), Article("t", [1.0])),
    (Article("t"), Article("u")),
    ([1, 2], [1, 2, 3]),
    (NAN, 1.0),
    (Article, ValueError),
]


@pytest.mark.parametrize("make", MAKE, ids=range(len(MAKE)))
def test_two_makings_of_one_value_are_the_same(make: Any) -> None:
    """A value is the same as another that was made like it."""
    assert are_same(make(), make())


@pytest.mark.parametrize(("one", "two"), OTHERS, ids=range(len(OTHERS)))
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [{"k": (x,)}]], ids=["bare", "deep"])
def test_equal_is_not_the_same(one: Any, two: Any, wrap: Any) -> None:
    """What Python calls equal, or nearly so, is not the same if a reader could tell."""
    assert not are_same(wrap(one), wrap(two))
    assert not are_same(wrap(two), wrap(one))


def test_depth_is_no_matter() -> None:
    """A value of a hundred thousand levels is compared without recursion."""
    one: Any = ()
    two: Any = ()
    for _ in range(100_000):
        one, two = [one], [two]

    assert are_same(one, two)


def test_what_cannot_be_compared_is_not_the_same() -> None:
    """An object that cannot be reduced is never called the same."""
    assert not are_same(iter(lambda: 1, 2), map(print, []))
    assert not are_same((x for x in [1]), (x for x in [1]))
