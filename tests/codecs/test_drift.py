"""Classes that changed between the release that wrote and the one that reads."""

from __future__ import annotations

import enum
from collections import namedtuple
from dataclasses import dataclass, field, make_dataclass
from typing import Any, List, NamedTuple, Optional  # noqa: UP035 - as users write it

import attrs
import msgspec
import pydantic
import pytest

from shelflife.codecs import Codecs, Types
from shelflife.errors import Unreadable


def read_as(value: Any, cls: type) -> Any:
    """Write as one release, read as another whose class of that name is `cls`."""
    writer, reader = Types(), Types()
    writer.register("thing", type(value))
    reader.register("thing", cls)
    return Codecs(reader).decode(*Codecs(writer).encode(value))


def reason_of(value: Any, cls: type) -> str:
    with pytest.raises(Unreadable) as caught:
        read_as(value, cls)
    assert caught.value.reason == "schema"
    return caught.value.detail


@dataclass
class Old:
    a: int
    b: str = "b"


@dataclass
class Defaults:
    b: str
    a: int
    c: List[int] = field(default_factory=list)  # noqa: UP006
    d: Optional[str] = None

    def __post_init__(self) -> None:
        raise AssertionError("it ran again")


@attrs.define
class DefaultsAttrs:
    a: int
    b: str
    c: List[int] = attrs.Factory(list)  # noqa: UP006
    d: Optional[str] = None


class DefaultsModel(pydantic.BaseModel):
    a: int
    b: str
    c: List[int] = pydantic.Field(default_factory=list)  # noqa: UP006
    d: Optional[str] = None


class DefaultsStruct(msgspec.Struct):
    a: int
    b: str
    c: List[int] = []  # noqa: UP006 - msgspec copies it
    d: Optional[str] = None
    e: Any = msgspec.field(default_factory=dict)


class DefaultsTuple(NamedTuple):
    a: int
    b: str
    c: List[int] = []  # noqa: UP006, RUF012 - named tuples share it
    d: Optional[str] = None


ADDED = [Defaults, DefaultsAttrs, DefaultsModel, DefaultsStruct, DefaultsTuple]


@dataclass
class RequiredField:
    a: int
    b: str
    c: int


@attrs.define
class RequiredAttrs:
    a: int
    b: str
    c: int
    d: int = attrs.field(default=attrs.Factory(lambda self: self.a, takes_self=True))


class RequiredModel(pydantic.BaseModel):
    a: int
    b: str
    c: int


class RequiredStruct(msgspec.Struct, kw_only=True):
    a: int = 1
    b: str
    c: int


class RequiredTuple(NamedTuple):
    a: int
    b: str
    c: int


@pytest.mark.parametrize("cls", ADDED)
def test_an_added_field_takes_its_default(cls: Any) -> None:
    got = read_as(Old(1), cls)
    assert type(got) is cls
    assert (got.a, got.b, got.c, got.d) == (1, "b", [], None)


def test_defaults_are_made_anew() -> None:
    for cls in (Defaults, DefaultsAttrs, DefaultsModel, DefaultsStruct):
        assert read_as(Old(1), cls).c is not read_as(Old(1), cls).c


def test_a_model_knows_that_a_default_was_not_set() -> None:
    assert read_as(Old(1), DefaultsModel).model_fields_set == {"a", "b"}


@pytest.mark.parametrize(
    "cls", [RequiredField, RequiredAttrs, RequiredModel, RequiredStruct, RequiredTuple]
)
def test_an_added_field_without_a_default_is_a_miss(cls: type) -> None:
    assert reason_of(Old(1), cls) == f"{cls.__qualname__}.c was not stored and has no default"


@pytest.mark.parametrize("cls", ADDED)
def test_a_field_that_is_gone_is_a_miss(cls: type) -> None:
    changed = make_dataclass("Changed", [("a", "int"), ("b", "str"), ("z", "int")])
    assert "1 stored field(s) it no longer has" in reason_of(changed(1, "b", 2), cls)


@pytest.mark.parametrize("cls", ADDED)
def test_a_changed_annotation_validates_the_stored_values(cls: type) -> None:
    changed = make_dataclass("Changed", [("a", "object"), ("b", "object")])
    assert read_as(changed(1, "b"), cls).a == 1
    detail = reason_of(changed("secret", "b"), cls)
    assert detail == f"{cls.__qualname__}.a: int expected, str found"


def test_a_changed_annotation_converts_what_is_the_same() -> None:
    old = make_dataclass("Old", [("x", "int"), ("color", "str")])
    got = read_as(old(1, "red"), Painted)
    assert got == Painted(1.0, Color.RED)
    assert type(got.x) is float


class Color(str, enum.Enum):
    RED = "red"


@dataclass
class Painted:
    x: float
    color: Color


@dataclass
class Unresolvable:
    a: Missing  # type: ignore[name-defined]  # noqa: F821
    b: str = "b"


def test_what_cannot_be_validated_is_a_miss_once_it_changed() -> None:
    assert "Missing" in reason_of(Old(1), Unresolvable)
    assert read_as(Unresolvable(1), Unresolvable) == Unresolvable(1)


def test_order_and_spelling_of_annotations_are_no_drift() -> None:
    class Evaluated(NamedTuple):
        x: int
        y: int

    one = make_dataclass("One", [("x", "int"), ("y", "Optional[str]")])
    other = make_dataclass("Other", [("y", Optional[str]), ("x", int)])
    types = Types()
    for cls in (one, other, Evaluated, namedtuple("Plain", "x y")):  # noqa: PYI024
        types.register(cls.__name__, cls)
    prints = [
        types.encoders[cls].shape.fingerprint for cls in types.encoders if cls in (one, other)
    ]
    assert prints[0] == prints[1]
    assert types.encoders[Evaluated].shape.fingerprint not in prints


def test_a_member_that_is_gone_is_a_miss() -> None:
    before: Any = enum.Enum("before", "RED GREEN")
    after: Any = enum.Enum("after", [("RED", 7), ("BLUE", 8)])
    assert read_as(before.RED, after) is after.RED
    assert reason_of(before.GREEN, after) == "after has no member of the stored name"


def test_a_flag_that_is_gone_is_a_miss() -> None:
    before: Any = enum.Flag("before", "A B C")
    after: Any = enum.Flag("after", [("B", 1), ("A", 2)])
    both = before.A | before.B
    assert read_as(both, after) == after.A | after.B
    assert "not all members" in reason_of(before.A | before.C, after)


def test_a_class_of_another_kind_is_a_miss() -> None:
    assert reason_of(Old(1), Color)
    assert reason_of(Color.RED, Old)


def test_a_model_that_lost_its_extras_or_private_attributes_is_a_miss() -> None:
    class Before(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="allow")
        _note: str = pydantic.PrivateAttr(default="n")

    class Private(pydantic.BaseModel):
        _note: str = pydantic.PrivateAttr(default="n")

    class Extra(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="allow")

    class Declared(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="allow")
        x: int = 0
        _note: str = pydantic.PrivateAttr(default="n")

    assert "declares" in reason_of(Before.model_validate({"x": 1}), Declared)
    assert "undeclared" in reason_of(Before.model_validate({"x": 1}), Private)
    assert "private" in reason_of(Before(), Extra)
    assert reason_of(Before(), Old)
