"""Types that values are asked to be of."""

# ruff: noqa: UP006, UP035 - both spellings are understood

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import (
    Generic,
    List,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
)

import attrs
import msgspec
import pydantic

T = TypeVar("T")
B = TypeVar("B", bound=int)
C = TypeVar("C", int, str)
UserId = NewType("UserId", int)
SECRET = "a secret value"


class Color(enum.Enum):
    RED = "red"
    ONE = 1
    LIST = [1]  # noqa: RUF012


class Text(str, enum.Enum):
    A = "a"


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclass
class Node:
    value: float
    next: Optional[Node] = None
    children: List[Node] = field(default_factory=list)
    depth: int = field(default=0, init=False)


@dataclass
class Positive:
    number: int

    def __post_init__(self) -> None:
        if self.number <= 0:
            raise ValueError(SECRET)


@dataclass
class Left:
    kind: Literal["left"]
    child: Optional[Union[Left, Right]] = None


@dataclass
class Right:
    kind: Literal["right"]
    child: Optional[Union[Left, Right]] = None


@dataclass
class Again:
    child: Union[Again, Again2, None]


@dataclass
class Again2:
    child: Union[Again, Again2, None]


@dataclass
class Box(Generic[T]):
    item: T


@attrs.define
class Shelf:
    _label: str
    node: Optional[Node] = None


class Model(pydantic.BaseModel):
    a: int
    color: Color = Color.RED


class Struct(msgspec.Struct):
    a: int
    text: Text = Text.A


class Row(NamedTuple):
    a: int


class Movie(TypedDict):
    name: str
    price: float


class Loose(Movie, total=False):
    node: Node


class Silent(Protocol):
    def run(self) -> None: ...


@dataclass
class Unresolvable:
    a: Missing  # type: ignore[name-defined]  # noqa: F821
