"""The vet passes nothing that goes over a budget of the machine, and takes no more itself."""

from __future__ import annotations

import pickle
import random
import tracemalloc
from typing import Any

import pytest

from shelflife.errors import Unreadable
from shelflife.pickles import AllowList, Budget, Vet, load

ALLOW = AllowList.default()


def plain(data: bytes, **budget: int) -> bool:
    return Vet(ALLOW, Budget(**budget)).passes(data)


def built(data: bytes, **budget: int) -> Any:
    return load(data, allow=ALLOW, resolve=find_nothing, budget=Budget(**budget)).value


def find_nothing(module: str, qualname: str) -> Any:
    raise LookupError(module, qualname)


def test_budgets_are_kept() -> None:
    """What is over any budget is left to the machine, which refuses it."""
    part: list[Any] = [[]]
    deep = pickle.dumps([[[[]]]], 4)
    shared = pickle.dumps([part, part], 4)
    chain = b"\x80\x04(]\x94" + b"".join(b"]\x94h%ca" % n for n in range(9)) + b"t."
    wide = pickle.dumps(tuple([] for _ in range(100)), 4)

    assert plain(deep, depth=4)
    assert not plain(deep, depth=3)
    assert plain(wide, waiting=300)
    assert not plain(wide, waiting=90)
    assert not plain(wide, bytes=len(wide) - 1)
    assert not plain(wide, opcodes=20)
    assert not plain(wide, memory=10_000)
    assert not plain(wide, parts=50)
    assert plain(shared)
    assert not plain(shared, parts=1000)
    assert plain(chain)
    assert not plain(chain, depth=9)
    assert not plain(pickle.dumps(1 << 90, 4), digits=20)


def test_the_machine_counts_no_more_memory_than_the_vet() -> None:
    """A value that passes within a budget of memory is one that the machine builds within it."""
    chance = random.Random(7)
    for _ in range(200):
        value = [_container(chance) for _ in range(chance.randrange(1, 60))]
        data = pickle.dumps(value, 4)
        least = next(size for size in range(0, 1 << 20, 512) if plain(data, memory=size))
        assert built(data, memory=least) == value


def _container(chance: random.Random) -> Any:
    numbers = range(chance.choice([0, 1, 2, 5, 6, 11, 12, 22, 44, 90]))
    kinds = [list, tuple, set, dict.fromkeys]
    return chance.choice(kinds)(numbers)  # type: ignore[operator]


LIST_SHARED = b"\x80\x04(]\x94" + b"h\0" * 9_000 + b"t."
TUPLES = b"\x80\x04(" + b")" * 400 + b"t."


@pytest.mark.parametrize(
    ("data", "budget"),
    [(b"].", {"depth": 0}), (LIST_SHARED, {"waiting": 900}), (TUPLES, {"parts": 1_000})],
    ids=["an empty list", "one list on the stack very often", "small tuples that are visited"],
)
def test_what_the_machine_refuses_does_not_pass(data: bytes, budget: dict[str, int]) -> None:
    """Budgets mean the same to both."""
    with pytest.raises(Unreadable, match="budget"):
        built(data, **budget)

    assert not plain(data, **budget)
    assert plain(data)


@pytest.mark.parametrize("bound", [1 << 62, 1 << 63, 1 << 200])
def test_budgets_that_bound_nothing_may_be_any_number(bound: int) -> None:
    """Also those that fit no 64 bits."""
    data = pickle.dumps([{"a": 1}], 4)

    for name in ("bytes", "opcodes", "depth", "waiting", "memory", "hashing", "digits", "parts"):
        assert plain(data, **{name: bound})
        assert not plain(b"N", **{name: -bound})


def test_the_vet_stops_where_the_memory_ends() -> None:
    """A pickle of empty tuples does not take fifty times its length before it is refused."""
    data = b"(" + b")" * 400_000 + b"t."
    tracemalloc.start()
    try:
        assert not plain(data, memory=1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 4 * len(data)
