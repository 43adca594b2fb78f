"""What is not portable is refused with the path to it and what to do."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

import ormsgpack
import pytest

from shelflife.codecs.portable import Portable
from shelflife.codecs.types import Types
from shelflife.errors import NotPortable

PORTABLE = Portable()


class Profile:
    """Nobody registered this."""


class Text(str):
    __slots__ = ()


class Colour(IntEnum):
    RED = 1


class OwnDict(dict[str, int]):
    pass


class OwnList(list[int]):
    pass


class OwnZone(tzinfo):
    def utcoffset(self, _: Any, /) -> Any:
        return None

    dst = tzname = utcoffset


class OwnDatetime(datetime):
    pass


class OwnUUID(UUID):
    pass


def refused(value: Any) -> NotPortable:
    with pytest.raises(NotPortable) as caught:
        PORTABLE.encode(value)
    return caught.value


CULPRIT = Profile()
PATHS: list[tuple[Any, str]] = [
    (CULPRIT, "value"),
    ({"author": [CULPRIT]}, "value['author'][0]"),
    ([1, (2, CULPRIT)], "value[1][1]"),
    ({"a": {1: CULPRIT}}, "value['a'][1]"),
    ({1: {None: (CULPRIT,)}}, "value[1][None][0]"),
    ({(1, CULPRIT): 2}, "list(value)[0][1]"),
    ({"a": 1, CULPRIT: 2}, "list(value)[1]"),
    ({"a": frozenset([CULPRIT])}, "list(value['a'])[0]"),
    (deque([1, CULPRIT]), "value[1]"),
    (OrderedDict(a=1, b=CULPRIT), "value['b']"),
    (defaultdict(list, {"a": 1, "b": [CULPRIT]}), "value['b'][0]"),
    (Counter({CULPRIT: 2}), "list(value)[0]"),
    ({datetime(2020, 1, 1): CULPRIT}, "value[<datetime.datetime>]"),
    ({"k" * 100: CULPRIT}, "value[<str>]"),
    ([bytearray(b"x"), {"a": CULPRIT}], "value[1]['a']"),
]


@pytest.mark.parametrize(("value", "path"), PATHS, ids=[path for _, path in PATHS])
def test_the_path_is_an_expression(value: Any, path: str) -> None:
    error = refused(value)
    assert error.path == path
    assert error.type_name == f"{__name__}.Profile"
    assert str(error) == (
        f"{path}: {__name__}.Profile is not portable: register it, or allow codec 'pickle'"
    )


@pytest.mark.parametrize(
    "value",
    [
        Text("a"),
        Colour.RED,
        OwnDict(a=1),
        OwnList([1]),
        OwnDatetime(2020, 1, 1),
        OwnUUID(int=1),
        memoryview(b"abc"),
        object(),
        int,
        len,
        (number for number in [1]),
        sys,
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_types_and_subclasses_are_refused(value: Any) -> None:
    assert refused(value).path == "value"
    assert refused({"a": [value]}).path == "value['a'][0]"
    assert refused((value,)).path == "value[0]"
    assert refused({1: value}).path == "value[1]"


def test_prepared_messagepack_is_refused_where_types_are_looked_through() -> None:
    """Elsewhere it is packed as it is: finding it would cost every value a scan."""
    assert refused([ormsgpack.Ext(35, b"1"), b""]).path == "value[0]"
    if hasattr(ormsgpack, "Fragment"):
        assert refused([ormsgpack.Fragment(b"\xc4\x01a")]).path == "value[0]"


@pytest.mark.parametrize("key", [Text("a"), Colour.RED, memoryview(b"a")])
def test_keys_of_subclasses_are_refused(key: Any) -> None:
    assert refused({key: 1}).path == "list(value)[0]"


def test_an_own_zone_is_named() -> None:
    error = refused([datetime(2020, 1, 1, tzinfo=OwnZone())])
    assert error.path == "value[0].tzinfo"
    assert error.type_name.endswith("OwnZone")
    assert "zoneinfo.ZoneInfo" in error.remedy


def test_an_own_factory_is_named() -> None:
    error = refused({"a": defaultdict(lambda: 1)})
    assert error.path == "value['a'].default_factory"
    assert "list" in error.remedy
    method: Any = [].append
    assert refused(defaultdict(method)).path == "value.default_factory"


def test_a_fraction_may_not_be_huge() -> None:
    assert "1024 bytes" in refused([Fraction(1, 1 << 9000)]).remedy
    payload = PORTABLE.encode(Fraction(1 << 8000, 3))
    assert PORTABLE.decode(payload) == Fraction(1 << 8000, 3)


def test_a_range_may_not_be_huge() -> None:
    assert "8192 bits" in refused([range(1 << 8192)]).remedy
    longest = range(-(1 << 8191), 1 << 8191, 3)
    assert PORTABLE.decode(PORTABLE.encode(longest)) == longest


def nested(wrap: Any, levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


WRAPS = [
    lambda inner: [inner],
    lambda inner: {"a": inner},
    lambda inner: (inner,),
    lambda inner: {1: inner},
    lambda inner: frozenset([inner]),
    lambda inner: deque([inner]),
]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("levels", [200, 255])
def test_255_levels_are_portable(wrap: Any, levels: int) -> None:
    value = nested(wrap, levels)
    assert PORTABLE.decode(PORTABLE.encode(value)) == value


# Python itself cannot hash a frozenset of 100,000 levels.
TOO_DEEP = [
    (wrap, levels)
    for wrap in WRAPS
    for levels in (256, 300, 2_000, 100_000)
    if levels <= 2_000 or wrap is not WRAPS[4]
]


@pytest.mark.parametrize(("wrap", "levels"), TOO_DEEP)
def test_more_levels_are_refused(wrap: Any, levels: int) -> None:
    error = refused(nested(wrap, levels))
    assert error.path == "value"
    assert "255 levels" in error.remedy


def test_cycles_are_refused_with_their_place() -> None:
    looped: dict[str, Any] = {"a": [1]}
    looped["a"].append(looped)
    assert refused(looped).path == "value['a'][1]"
    assert "contains itself" in refused(looped).remedy
    listed: list[Any] = []
    listed.append((listed,))
    assert refused(listed).path == "value[0][0]"


def test_an_interrupt_while_packing_is_not_swallowed() -> None:
    def interrupted(_: Any) -> Any:
        raise KeyboardInterrupt

    portable = Portable()
    portable.types.encoders[Profile] = interrupted
    with pytest.raises(KeyboardInterrupt):
        portable.encode([CULPRIT])


def test_nothing_is_left_of_a_refused_value() -> None:
    """A second try with the culprit gone gives the value: no state is kept."""
    value: list[Any] = [CULPRIT, Decimal(1)]
    refused(value)
    value[0] = datetime(2020, 1, 1, tzinfo=timezone.utc)
    assert PORTABLE.decode(PORTABLE.encode(value)) == value


@pytest.fixture(autouse=True)
def _no_deeper_stack_afterwards() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    yield
    assert sys.getrecursionlimit() == limit


@dataclass(frozen=True)
class Article:
    author: Any
    tags: Any = ()


class Pair(NamedTuple):
    left: Any
    right: Any


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (Article(CULPRIT), "value.author"),
        ([Article({"a": CULPRIT})], "value[0].author['a']"),
        ({"x": Article(1, (Article(CULPRIT),))}, "value['x'].tags[0].author"),
        (Pair(1, CULPRIT), "value.right"),
        ({1: Pair(Article(1, [CULPRIT]), 2)}, "value[1].left.tags[0]"),
        (frozenset([Article(CULPRIT)]), "list(value)[0].author"),
    ],
)
def test_the_path_leads_through_registered_classes(value: Any, path: str) -> None:
    types = Types()
    types.register("article", Article)
    types.register("pair", Pair)
    with pytest.raises(NotPortable) as caught:
        Portable(types).encode(value)
    assert caught.value.path == path
    assert caught.value.type_name == f"{__name__}.Profile"


def test_an_encoder_that_raises_is_the_cause() -> None:
    def broken(_: Any) -> Any:
        raise ZeroDivisionError

    types = Types()
    types.register("profile", Profile, encode=broken, decode=lambda content: content)
    with pytest.raises(NotPortable) as caught:
        Portable(types).encode({"a": CULPRIT})
    assert caught.value.path == "value['a']"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
