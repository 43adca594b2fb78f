"""The floor from what the registry says."""

from __future__ import annotations

import itertools

import pytest

from shelflife.fleet.deciding import Reader, decide, hindrances
from shelflife.fleet.framing import floor_facts
from shelflife.fleet.order import is_within, is_worth_raising
from shelflife.fleet.records import Commit
from shelflife.fleet.registry import Problem, Registry
from shelflife.floors import Bounds, Floor, parse_floor

OURS, WERKZEUG = frozenset(("shelflife",)), frozenset(("werkzeug",))
BOTH = OURS | WERKZEUG
MINIMUM = parse_floor("python>=2.7, werkzeug")
HIGH = parse_floor("python>=3.9")


def registry(floor: Floor = HIGH, *problems: Problem) -> Registry:
    return Registry(commit=Commit(floor, None, "ana", 1.0, ()), problems=problems)


def reader(dialects: frozenset[str], python: tuple[int, int] = (3, 11)) -> Reader:
    return Reader("live", "r", Floor(python, dialects), 1)


@pytest.mark.parametrize(
    ("readers", "floor"),
    [
        ([], "python>=3.9, shelflife>=1"),
        ([reader(BOTH)], "python>=3.9, shelflife>=1"),
        ([reader(OURS)], "python>=3.9, shelflife>=1"),
        ([reader(BOTH), reader(WERKZEUG, (2, 7))], "python>=2.7, werkzeug"),
        ([reader(BOTH), reader(WERKZEUG, (3, 8))], "python>=3.8, werkzeug"),
        ([reader(OURS, (2, 7))], "python>=2.7, shelflife>=1"),
    ],
)
def test_the_lowest_reader_decides(readers: list[Reader], floor: str) -> None:
    """Whoever it is, and never above what was committed."""
    assert str(decide(registry(), readers, MINIMUM).floor) == floor


def test_what_was_committed_is_the_most() -> None:
    """Even if everybody reads more."""
    low = registry(parse_floor("python>=3.8, werkzeug"))

    assert str(decide(low, [reader(BOTH)], HIGH).floor) == "python>=3.8, werkzeug"


@pytest.mark.parametrize(
    "found",
    [
        Registry(),
        registry(HIGH, Problem("member:a", "corrupt")),
        registry(HIGH, Problem("pin:a", "newer")),
    ],
)
def test_in_doubt_the_minimum_is_the_most(found: Registry) -> None:
    """Lowered further by who is known."""
    assert decide(found, [reader(BOTH)], MINIMUM).floor == MINIMUM
    assert decide(found, [reader(WERKZEUG, (2, 6))], MINIMUM).floor.python == (2, 6)
    assert decide(found, [reader(WERKZEUG, (2, 7))], HIGH).floor.writes == "werkzeug"


def test_no_form_in_common_is_a_conflict() -> None:
    """Then it is the minimum's form: a cache that writes nothing would be no cache."""
    decision = decide(registry(), [reader(OURS), reader(WERKZEUG)], MINIMUM)

    assert decision.conflict
    assert decision.floor.writes == "werkzeug"


def test_packages_of_the_readers_are_kept_in_mind() -> None:
    """Their versions bound what is written even where the floor says nothing of them."""
    numpy1 = Floor((3, 9), BOTH, 1, (Bounds("numpy", (1, 26, 4), (1, 26, 5)),))
    numpy2 = Floor((3, 9), BOTH, 1, (Bounds("numpy", (2, 1, 0), (2, 1, 1)),))
    both = [Reader("live", "a", numpy1, 1), Reader("live", "b", numpy2, 1)]

    floor = decide(registry(), both, MINIMUM).floor
    assert floor.packages == (Bounds("numpy", (1, 26, 4), (2, 1, 1)),)
    assert hindrances(parse_floor("python>=3.9, numpy<2"), numpy2) == ["it has numpy 2.1.0"]
    assert hindrances(parse_floor("python>=3.9, numpy<2"), numpy1) == []


FLOORS = [
    Floor((major, minor), dialects, 1)
    for (major, minor), dialects in itertools.product(
        [(2, 7), (3, 4), (3, 8), (3, 9), (3, 12)], [OURS, WERKZEUG]
    )
]


def test_a_decision_is_within_everything() -> None:
    """Every committed floor and pair of readers: never above, and read by all where it can be."""
    reaches = [Floor(floor.python, dialects) for floor in FLOORS for dialects in (OURS, BOTH)]
    reaches += [Floor((2, 7), WERKZEUG), Floor((3, 12), WERKZEUG)]
    for committed, one, two in itertools.product(FLOORS, reaches, reaches):
        readers = [Reader("live", "a", one, 1), Reader("pinned", "b", two)]
        decision = decide(registry(committed), readers, MINIMUM)

        assert is_within(decision.floor, committed)
        if not decision.conflict:
            assert not hindrances(decision.floor, one)
            assert not hindrances(decision.floor, two)


def test_floors_are_in_order() -> None:
    """Within means: asks no more of any reader."""
    assert is_within(MINIMUM, HIGH)
    assert not is_within(HIGH, MINIMUM)
    assert is_within(HIGH, HIGH)
    assert not is_within(parse_floor("python>=3.9"), parse_floor("python>=3.9, numpy<2"))
    assert is_within(parse_floor("python>=3.9, numpy<2"), parse_floor("python>=3.9"))
    assert is_worth_raising(MINIMUM, HIGH)
    assert not is_worth_raising(HIGH, parse_floor("python>=3.12"))


def test_a_floor_survives_as_facts() -> None:
    """Also one that only a newer release knows."""
    newer = Floor((4, 0), frozenset(("shelflife", "something")), 7)

    assert floor_facts(newer)["format"] == 7
    assert hindrances(HIGH, newer) == []
