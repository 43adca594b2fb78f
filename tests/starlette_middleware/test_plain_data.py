"""Plain data as bytes: equal for what is the same, in any process, and for nothing else."""

from __future__ import annotations

import enum
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("starlette", reason="Starlette is not installed")

from shelflife.starlette.plain_data import NotPlain, to_bytes


class Color(enum.Enum):
    """Members."""

    RED = 1
    BLUE = 2


class Rights(enum.Flag):
    """Members that are joined."""

    READ = 1
    WRITE = 2


class Number(enum.IntEnum):
    """Members that are numbers."""

    ONE = 1


@dataclass
class User:
    """A dataclass."""

    name: str
    rights: list[str] = field(default_factory=list)


@dataclass
class Admin(User):
    """A subclass with the same fields."""


class Slotted:
    """Holds what is not in its `__dict__`."""

    __slots__ = ("hidden",)
    hidden: Any


@dataclass
class Slots(Slotted):
    """A dataclass below it."""

    name: str


@dataclass
class Listed(list):  # type: ignore[type-arg]
    """A dataclass whose list nobody sees."""

    name: str


class Point(NamedTuple):
    """A tuple with names."""

    x: int
    y: int


class Zone(tzinfo):
    """A zone that may be any."""

    def utcoffset(self, moment: Any) -> timedelta:
        return timedelta(0)

    tzname = dst = lambda _, moment: None


def slotted(hidden: Any) -> Slots:
    """Give a dataclass that holds more than its fields."""
    made = Slots("a")
    made.hidden = hidden
    return made


def with_more(**more: Any) -> User:
    """The same, with a `__dict__`."""
    made = User("a")
    vars(made).update(more)
    return made


MOMENT = datetime(2026, 10, 25, 2, 30)
DIFFERENT: list[Any] = [
    *(None, True, 1, 1.0, "1", b"1", Decimal(1), Decimal("1.0"), 0.0, -0.0, 1j, "", b""),
    *([], (), {}, set(), frozenset(), [[]], [()], ["ab"], ["a", "b"], ["a", ["b"]], [1, 2], [2, 1]),
    *({1: 2}, {2: 1}, {1, 2}, frozenset([1, 2]), {"a": 1, "b": 2}, {"b": 2, "a": 1}, "\ud800"),
    *(date(2026, 1, 1), datetime(2026, 1, 1), time(0), timedelta(1), timedelta(0, 1)),
    *(MOMENT, MOMENT.replace(fold=1), MOMENT.replace(tzinfo=timezone.utc)),
    *(MOMENT.replace(tzinfo=ZoneInfo(name)) for name in ("UTC", "Europe/Paris", "Europe/Rome")),
    *(Color.RED, Color.BLUE, Rights.READ, Rights.READ | Rights.WRITE, Number.ONE),
    *(User("a"), User("b"), User("a", ["b"]), Admin("a"), Slots("a"), slotted(1), slotted(2)),
    *(with_more(b=1), Point(1, 2), Point(2, 1), UUID(int=1), ip_address("::1"), ip_address(1)),
]


def test_different_data_have_different_bytes() -> None:
    """Of another type as well."""
    made = [to_bytes(value) for value in DIFFERENT]

    assert len(set(made)) == len(DIFFERENT)
    assert made == [to_bytes(value) for value in DIFFERENT]


def cyclic() -> Any:
    """Give a list that holds itself."""
    made: list[Any] = []
    made.append(made)
    return made


@pytest.mark.parametrize(
    "value",
    [
        *(object(), object, len, print, iter([]), Slotted(), OrderedDict(), Exception("a")),
        *([object()], {1: object()}, {object(): 1}, {object()}, User("a", [object()])),  # type: ignore[list-item]
        *(
            slotted(object()),
            with_more(db=object()),
            Listed("a"),
            User,
            cyclic(),
            type("S", (str,), {})("a"),
        ),
        *(MOMENT.replace(tzinfo=Zone()), Point(1, object())),  # type: ignore[arg-type]
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_may_hold_more_than_is_seen_is_not_plain(value: Any) -> None:
    """At any depth."""
    with pytest.raises(NotPlain):
        to_bytes(value)


def test_every_process_has_the_same_bytes() -> None:
    """Sets are in another order there."""
    program = (
        "from shelflife.starlette.plain_data import to_bytes; import sys;"
        "sys.stdout.write(to_bytes({'a', 'b', 'c', ('d', 1)}).hex())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in "123"
    }

    assert made == {to_bytes({"a", "b", "c", ("d", 1)}).hex()}


def test_models_of_pydantic() -> None:
    """With what was set, what is extra and what is private."""
    pydantic: Any = pytest.importorskip("pydantic", reason="pydantic is not installed")
    if pydantic.VERSION < "2":
        pytest.skip("its models of old have other private attributes")

    hidden = {"_b": pydantic.PrivateAttr(None), "model_config": {"extra": "allow"}}
    base = type("Base", (pydantic.BaseModel,), hidden)
    model = pydantic.create_model("Model", __base__=base, a=(int, 1))
    private, opaque = model(), model()
    private._b, opaque._b = 1, object()
    models = [model(), model(a=1), model(a=2), model(c=1), model(c=2), private]

    assert len({to_bytes(each) for each in models}) == len(models)
    assert to_bytes(model(a=2)) == to_bytes(model(a=2))
    with pytest.raises(NotPlain):
        to_bytes(opaque)
