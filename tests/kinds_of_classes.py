"""One class of every kind that can be registered."""

from __future__ import annotations

import enum
from collections import namedtuple
from dataclasses import InitVar, dataclass, field
from decimal import Decimal
from typing import Any, Generic, NamedTuple, Optional, TypeVar

import attr
import attrs
import msgspec
import pydantic

T = TypeVar("T")
RAN: list[str] = []


@dataclass
class Article:
    title: str
    tags: tuple[str, ...] = ()
    parent: Optional[Article] = None
    slug: str = field(default="", init=False)

    def __post_init__(self) -> None:
        RAN.append("Article")
        self.slug = self.title.lower()


@dataclass(frozen=True)
class Point:
    x: int
    y: float


@dataclass
class Slotted:
    __slots__ = ("a", "b")
    a: int
    b: Any


@dataclass
class Seeded:
    total: int
    seed: InitVar[int]

    def __post_init__(self, seed: int) -> None:
        self.total += seed


@dataclass
class Box(Generic[T]):
    item: T


@attrs.define
class Shelf:
    _label: str
    size: int = attrs.field(validator=attrs.validators.gt(0), default=1)

    def __attrs_post_init__(self) -> None:
        RAN.append("Shelf")


@attrs.frozen(cache_hash=True)
class Hashed:
    x: int


@attr.s(hash=True, cache_hash=True)
class OldHashed:
    x: int = attr.ib()


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    title: str
    size: int = 3
    price: Decimal = pydantic.Field(alias="cost", default=Decimal(1))
    _note: str = pydantic.PrivateAttr(default="none")
    _unset: str = pydantic.PrivateAttr()


class Frozen(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)
    at: tuple[int, ...]


class Root(pydantic.RootModel[list[int]]):
    pass


class Struct(msgspec.Struct, frozen=True, kw_only=True):
    a: int = 1
    b: tuple[int, ...]

    def __post_init__(self) -> None:
        RAN.append("Struct")


class Row(NamedTuple):
    key: int
    label: str = "none"


Pair = namedtuple("Pair", "left right")  # noqa: PYI024 - the old kind is used too


class Sub(Pair):
    __slots__ = ()


class Open(Pair):
    pass


class Color(enum.Enum):
    RED = object()
    CRIMSON = RED
    BLUE = 2


class Text(str, enum.Enum):
    A = "a"


class Number(enum.IntEnum):
    ONE = 1


class Access(enum.Flag):
    READ = 1
    WRITE = 2
    BOTH = 3


class Celsius:
    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Celsius) and other.degrees == self.degrees

    def __hash__(self) -> int:
        return hash(self.degrees)

    def __repr__(self) -> str:
        return f"Celsius({self.degrees!r})"
