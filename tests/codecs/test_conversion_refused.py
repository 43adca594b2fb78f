"""`cache.get(key, type=...)`: what is a miss, and what is misuse."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import (
    Any,
    Callable,
    Literal,
    Optional,
    Union,
)

import pytest

from asked_types import (
    SECRET,
    Access,
    Again,
    B,
    Box,
    C,
    Color,
    Loose,
    Model,
    Movie,
    Node,
    Positive,
    Row,
    Shelf,
    Silent,
    Struct,
    Unresolvable,
    UserId,
)
from shelflife.codecs import check_type, convert
from shelflife.errors import ConfigurationError, Unreadable

MODEL = Model(a=1)

REFUSED: list[tuple[Any, Any]] = [
    (0, None),
    (True, int),
    (1, bool),
    (1.0, int),
    ("1", int),
    (1, str),
    (b"a", str),
    ("a", bytes),
    (True, float),
    ("1.0", float),
    (Decimal(1), float),
    ((1 << 53) + 1, float),
    (10**400, float),
    (datetime(2020, 1, 1), date),
    (date(2020, 1, 1), datetime),
    ((1,), list),
    ((1,), list[int]),
    ([1], tuple[int, ...]),
    ([1], tuple[int]),
    ((1, 2), tuple[int]),
    ((1,), tuple[()]),
    ([1, True], list[int]),
    ({1}, frozenset[int]),
    ("ab", Sequence[str]),
    (b"ab", Sequence[int]),
    ({"a": 1}, Sequence[str]),
    ([("a", 1)], dict[str, int]),
    ({1: 1}, dict[str, int]),
    ({"a": "1"}, dict[str, int]),
    ({"a": 1}, OrderedDict[str, int]),
    (1, Literal[True, "1"]),
    (1.0, Literal[1]),
    ("RED", Color),
    (1.0, Color),
    (True, Color),
    (4, Access),
    (-1, Access),
    (True, Access),
    ("a", Optional[int]),
    (True, Union[int, str]),
    ("a", UserId),
    ("a", B),
    (1.0, C),
    ({}, Node),
    ({"value": "1"}, Node),
    ({"value": 1.0, "other": 1}, Node),
    ({1: 2}, Node),
    ([("value", 1.0)], Node),
    (OrderedDict(value=1.0), Node),
    ({"number": 0}, Positive),
    ({"label": "s"}, Shelf),
    ({"a": SECRET}, Model),
    ([MODEL], Model),
    ({"a": SECRET}, Struct),
    ((1,), Row),
    ({"name": "n"}, Movie),
    ({"name": "n", "price": 1.0, "more": 1}, Movie),
    ({"name": "n", "price": SECRET}, Movie),
    (OrderedDict(name="n", price=1), Movie),
    ({"name": "n", "price": 1.0, "node": None}, Loose),
    (1, Callable),
]


@pytest.mark.parametrize(("value", "to"), REFUSED, ids=repr)
def test_all_else_is_a_miss(value: Any, to: Any) -> None:
    check_type(to)
    with pytest.raises(Unreadable) as caught:
        convert(value, to)
    assert caught.value.reason == "schema"
    assert SECRET not in caught.value.detail


@pytest.mark.parametrize(
    ("value", "to", "detail"),
    [
        ("1", int, "value: int expected, str found"),
        ([1, 2.0], list[int], "value[1]: int expected, float found"),
        ({SECRET: [None]}, dict[str, list[int]], "value[0][0]: int expected, NoneType found"),
        ((1, 2), tuple[int], "value: tuple[int] expected, tuple found (of length 2)"),
        (1, Optional[str], "value: str | NoneType expected, int found"),
        (
            {"value": 1, "next": {"value": SECRET}},
            Node,
            "value.next.value: float expected, str found",
        ),
        (
            {"number": -1},
            Positive,
            "value: Positive expected, dict found (ValueError when constructed)",
        ),
    ],
)
def test_the_detail_says_where_and_never_what(value: Any, to: Any, detail: str) -> None:
    with pytest.raises(Unreadable) as caught:
        convert(value, to)
    assert caught.value.detail == detail


@pytest.mark.parametrize(
    "to",
    [
        "int",
        1,
        0,
        ...,
        list["int"],
        list[1],  # type: ignore[valid-type]
        Callable[[int], str],
        type[int],
        Box[int],
        Silent,
        Unresolvable,
        list[Unresolvable],
        Optional[Silent],
    ],
    ids=repr,
)
def test_an_annotation_that_is_not_understood_is_misuse(to: Any) -> None:
    with pytest.raises(ConfigurationError):
        check_type(to)
    with pytest.raises(ConfigurationError):
        convert(None, to)


def nested(depth: int) -> Any:
    value: Any = {"child": "not a child"}
    for _ in range(depth):
        value = {"child": value}
    return value


def test_alternatives_that_multiply_are_stopped() -> None:
    """Two alternatives for each of 40 levels would be a million million attempts."""
    with pytest.raises(Unreadable) as caught:
        convert(nested(40), Again)
    assert caught.value.reason == "over-budget"


def test_a_value_too_deep_to_convert_is_a_miss() -> None:
    value: Any = {"value": 1.0}
    for _ in range(100_000):
        value = {"value": 1.0, "next": value}
    with pytest.raises(Unreadable) as caught:
        convert(value, Node)
    assert caught.value.reason == "over-budget"
    while value:  # freeing so deep a value at once would overflow the stack of old Pythons
        value = value.pop("next", None)
