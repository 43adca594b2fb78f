"""`cache.get(key, type=...)`: what is taken, and what is converted."""

# ruff: noqa: UP006, UP035, PYI061 - both spellings are understood

from __future__ import annotations

import re
import sys
import typing
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Callable,
    Dict,
    FrozenSet,
    List,
    Literal,
    Optional,
    Tuple,
    Union,
)

import pytest

from asked_types import (
    Access,
    Again,
    Again2,
    B,
    Box,
    C,
    Color,
    Left,
    Loose,
    Model,
    Movie,
    Node,
    Positive,
    Right,
    Row,
    Shelf,
    Struct,
    T,
    Text,
    UserId,
)
from shelflife.codecs import check_type, convert
from shelflife.errors import ConfigurationError, Unreadable

NODE, ROW, MODEL = Node(1.0), Row(1), Model(a=1)

UNCHANGED: list[tuple[Any, Any]] = [
    (None, None),
    (None, type(None)),
    (object(), Any),
    (object(), object),
    (True, bool),
    (1 << 80, int),
    (Text.A, str),
    (datetime(2020, 1, 1), datetime),
    (date(2020, 1, 1), date),
    (Decimal(1), Decimal),
    (1.5, float),
    ([1, "a"], list),
    ([1, "a"], List),
    ([1, 2], List[int]),
    ([1, 2], list[int]),
    ([True], list[Any]),
    ([None, 1], list[Optional[int]]),
    ((1, "a"), tuple),
    ((1, "a"), Tuple),
    ((1, "a"), tuple[int, str]),
    ((1, 2, 3), Tuple[int, ...]),
    ((), tuple[int, ...]),
    ((), tuple[()]),
    ((), Tuple[()]),
    ({1, 2}, set[int]),
    (frozenset("a"), FrozenSet[str]),
    (deque([1], 5), deque[int]),
    ([1], Sequence[int]),
    ((1,), Sequence[int]),
    ({"a": 1}, dict),
    ({"a": [1]}, Dict[str, list[int]]),
    ({"a": 1}, Mapping[str, int]),
    (OrderedDict(a=1), OrderedDict[str, int]),
    (OrderedDict(a=1), dict[str, int]),
    (defaultdict(int, a=1), defaultdict[str, int]),
    (Counter("aa"), Counter[str]),
    ("a", Literal["a", 1]),
    (None, Literal[None]),
    (Color.RED, Literal[Color.RED]),
    (Color.RED, Color),
    (Access.READ | Access.WRITE, Access),
    (1, Optional[int]),
    (None, Optional[int]),
    ("a", Union[int, str]),
    (1, Union[float, int]),
    ({"value": 1.0}, Union[Node, dict]),
    (1, UserId),
    (1, Annotated[int, "positive"]),
    (object(), T),
    (1, B),
    ("a", C),
    (NODE, Node),
    ([NODE], list[Node]),
    (ROW, Row),
    (MODEL, Model),
    (Struct(1), Struct),
    (Shelf("s"), Shelf),
    (Box(1), Box),
    (Node("not a float"), Node),  # type: ignore[arg-type]
    ({"name": "n", "price": 1.0}, Movie),
    ({"name": "n", "price": 1.0}, Loose),
    (print, Callable),
]


def steady(part: Any) -> str:
    """A name for a test that is the same in every process."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(part))


@pytest.mark.parametrize(("value", "to"), UNCHANGED, ids=steady)
def test_what_is_of_the_type_comes_back_as_the_same_object(value: Any, to: Any) -> None:
    check_type(to)
    assert convert(value, to) is value


CONVERTED: list[tuple[Any, Any, Any]] = [
    (1, float, 1.0),
    (1 << 60, float, float(1 << 60)),
    ([1, 0.5], list[float], [1.0, 0.5]),
    ((1, "a"), tuple[float, str], (1.0, "a")),
    ((1, 2), tuple[float, ...], (1.0, 2.0)),
    ({1}, set[float], {1.0}),
    (deque([1], 3), deque[float], deque([1.0], 3)),
    ({"red": 1}, dict[Color, float], {Color.RED: 1.0}),
    (OrderedDict(a=1), Mapping[str, float], OrderedDict(a=1.0)),
    (Counter("aa"), Counter[Text], Counter({Text.A: 2})),
    ("red", Color, Color.RED),
    (1, Color, Color.ONE),
    ([1], Color, Color.LIST),
    ("a", Text, Text.A),
    (3, Access, Access.READ | Access.WRITE),
    ("red", Optional[Color], Color.RED),
    (1, Optional[float], 1.0),
    ({"value": 1}, Node, Node(1.0)),
    (
        {"value": 1, "next": {"value": 2.0}, "children": [NODE, {"value": 3}]},
        Node,
        Node(1.0, Node(2.0), [NODE, Node(3.0)]),
    ),
    ({"_label": "s", "node": {"value": 1.0}}, Shelf, Shelf("s", NODE)),
    ({"a": 1, "color": "red"}, Model, Model(a=1, color=Color.RED)),
    ({"a": 1, "text": "a"}, Struct, Struct(1)),
    ({"kind": "right"}, Union[Left, Right], Right("right")),
    (
        {"kind": "left", "child": {"kind": "right"}},
        Union[Right, Left],
        Left("left", Right("right")),
    ),
    ({"name": "n", "price": 1}, Movie, {"name": "n", "price": 1.0}),
    (
        {"name": "n", "price": 1.0, "node": {"value": 1}},
        Loose,
        {"name": "n", "price": 1.0, "node": NODE},
    ),
    ({"number": 1}, Positive, Positive(1)),
]


@pytest.mark.parametrize(("value", "to", "expected"), CONVERTED, ids=repr)
def test_what_may_be_converted_is(value: Any, to: Any, expected: Any) -> None:
    before = repr(value)
    got = convert(value, to)
    assert type(got) is type(expected)
    assert got == expected
    assert repr(got) == repr(expected)
    assert repr(value) == before


def test_a_field_without_init_is_set_afterwards() -> None:
    assert convert({"value": 1.0, "depth": 7}, Node).depth == 7


def test_the_first_of_two_alternatives_that_convert_is_taken() -> None:
    """`Union[A, B]` and `Union[B, A]` are equal, which must not matter."""
    value = {"child": None}
    assert type(convert(value, Union[Again, Again2])) is Again
    assert type(convert(value, Union[Again2, Again])) is Again2
    assert type(convert(value, Union[Again, Again2])) is Again


def test_literals_that_are_equal_are_told_apart() -> None:
    assert convert([1], list[Literal[1]]) == [1]
    assert convert([True], list[Literal[True]]) == [True]
    with pytest.raises(Unreadable):
        convert([True], list[Literal[1]])


def test_keys_may_be_marked_required_or_not() -> None:
    wrapper = (
        getattr(typing, "NotRequired", None) or pytest.importorskip("typing_extensions").NotRequired
    )
    fields = {"name": str, "year": wrapper[int]}
    movie: Any = getattr(typing, "TypedDict")("movie", fields)  # noqa: B009 - of no static type
    assert convert({"name": "n"}, movie) == {"name": "n"}
    with pytest.raises(Unreadable):
        convert({"year": 1}, movie)
    with pytest.raises(Unreadable):
        convert({"name": "n", "year": "1"}, movie)


def test_an_annotation_that_is_not_hashable_is_compiled_each_time() -> None:
    assert convert(1, Annotated[int, []]) == 1
    with pytest.raises(Unreadable):
        convert("1", Annotated[int, []])


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the syntax is of Python 3.10")
def test_unions_may_be_written_with_a_bar() -> None:
    assert convert(None, int | None) is None
    assert convert("red", list[int] | Color) is Color.RED


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is of Python 3.12")
def test_type_aliases_are_followed_unless_they_recur() -> None:
    names: dict[str, Any] = {}
    exec("type Ids = list[int]\ntype Tree = list[Tree]", names)
    assert convert([1], names["Ids"]) == [1]
    with pytest.raises(Unreadable):
        convert(["1"], names["Ids"])
    with pytest.raises(ConfigurationError):
        check_type(names["Tree"])
