"""Fleets that move in from other libraries: each form is below ours, and none below another."""

from __future__ import annotations

import pytest

from shelflife.dialects import ALL_NAMES
from shelflife.fleet import own_reach
from shelflife.fleet.deciding import Reader, decide, older
from shelflife.fleet.framing import _floor, floor_facts
from shelflife.fleet.order import is_within, is_worth_raising
from shelflife.fleet.own import new_own
from shelflife.fleet.records import Commit
from shelflife.fleet.registry import Registry
from shelflife.floors import Floor, parse_floor

NAMES = sorted(ALL_NAMES)
HIGH = parse_floor("python>=3.9")


@pytest.mark.parametrize("name", NAMES)
def test_an_old_reader_holds_the_floor_at_its_librarys_form(name: str) -> None:
    """Until it is gone; without it, ours is written."""
    ours = Reader("live", "new", own_reach(name), 3)
    old = Reader("declared", "old", parse_floor(f"3.8, {name}"))
    committed = Registry(commit=Commit(HIGH, None, "ana", 1.0, ()))
    minimum = parse_floor(f"3.8, {name}")

    assert decide(committed, [ours, old], minimum).floor == minimum
    assert decide(committed, [ours], minimum).floor.writes == "shelflife"
    assert decide(Registry(), [ours], minimum).floor == minimum


def test_no_librarys_form_is_below_anothers() -> None:
    """Who may write one of them may not write the other for it."""
    django, dogpile = parse_floor("3.8, django"), parse_floor("3.8, dogpile")
    assert is_within(django, HIGH)
    assert not is_within(HIGH, django)
    assert not is_within(django, dogpile)
    assert not is_within(dogpile, django)
    assert is_worth_raising(django, HIGH)
    assert not is_worth_raising(django, dogpile)
    assert older(HIGH, django) == older(django, HIGH) == django
    assert older(django, dogpile).writes == "dogpile"
    decision = decide(
        Registry(commit=Commit(django, None, "ana", 1.0, ())),
        [Reader("live", "r", Floor((3, 11), frozenset(("shelflife", "dogpile"))), 1)],
        django,
    )
    assert decision.conflict
    assert decision.floor.writes == "django"


@pytest.mark.parametrize("name", [*NAMES, "flask-caching", "dogpile:pickle"])
def test_what_a_process_says_of_itself_is_read_back(name: str) -> None:
    """And a process that could read anything reads what its cache does."""
    reach = own_reach(name)
    assert _floor(floor_facts(reach)) == reach
    assert reach.dialects <= new_own("r").reach.dialects
