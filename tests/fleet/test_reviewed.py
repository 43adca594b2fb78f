"""What a fleet must never do again: each was found by a review."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from conftest import python
from shelflife import Cache
from shelflife.codecs.pickle import PickleCodec
from shelflife.errors import BelowFloor, ConfigurationError
from shelflife.fleet.deciding import Reader, decide, older
from shelflife.fleet.liveness import DEAD, FORGET, Observer
from shelflife.fleet.pins import declare, reach_words
from shelflife.fleet.records import Commit, Declared
from shelflife.fleet.registry import Problem, Registry, read_registry
from shelflife.fleet.sight import look
from shelflife.floors import parse_floor
from shelflife.live.gate.evidence import gone_ahead, release_to_go_back_to
from shelflife.pickles import AllowList
from shelflife.stores import open_store
from shelflife.stores.commands import HashContent
from shelflife.testing import PrivateServer

OURS = parse_floor("3.9, shelflife")
WERKZEUG = parse_floor("2.7, werkzeug")
LOWERED = Commit(WERKZEUG, None, "somebody", 1.0, ())


@pytest.mark.parametrize("problem", [(), (Problem("pin:x", "corrupt"),)])
@pytest.mark.parametrize("readers", [[], [Reader("live", "job", OURS, 1)]])
def test_a_commit_below_the_minimum_holds(
    problem: tuple[Problem, ...], readers: list[Reader]
) -> None:
    """In doubt, in a conflict, and while the registry cannot be asked."""
    registry = Registry(commit=LOWERED, problems=problem)

    decision = decide(registry, readers, OURS)

    assert decision.floor.writes == decision.fallback.writes == "werkzeug"
    assert decision.floor.python == (2, 7)


def test_the_older_of_two_forms_is_what_both_allow() -> None:
    """In any order."""
    assert older(OURS, WERKZEUG) == older(WERKZEUG, OURS) == WERKZEUG


def test_what_nobody_heals_is_removed_by_its_own_name() -> None:
    """Rubbish of members and of releases soon, what is newer as late as a dead member."""
    fields = {b"member:\xff": b"rubbish", b"release:old": b"rubbish", b"pin:x": b"rubbish"}
    registry = read_registry(HashContent(fields, len(fields), 100.0))
    observer = Observer()

    assert observer.broken(registry, 0.0) == []
    assert sorted(observer.broken(registry, DEAD)) == [b"member:\xff", b"release:old"]
    assert registry.is_doubtful
    newer = Registry(problems=(Problem("member:z", "newer"),), raw_names={"member:z": b"member:z"})
    assert observer.broken(newer, 100.0) == []
    assert observer.broken(newer, 100.0 + DEAD) == []
    assert observer.broken(newer, 100.0 + FORGET) == [b"member:z"]


def test_a_release_that_has_gone_is_no_reader() -> None:
    """What cannot be read of one keeps nobody at the minimum."""
    assert not Registry(problems=(Problem("release:old", "corrupt"),)).is_doubtful


def test_the_way_back_names_all_that_a_release_reads() -> None:
    """Packages and format as well."""
    reach = parse_floor("3.9, shelflife>=1, werkzeug, numpy>=1.26, numpy<2")

    _, reads, _, version = reach_words(reach)
    assert parse_floor(f"python>={version}, {reads.replace(',', ', ')}") == reach


@pytest.mark.parametrize("release", ["-rc1", 5, ""])
def test_a_release_can_be_named_in_a_command(release: object) -> None:
    """Or is refused where it is given."""
    with pytest.raises(ConfigurationError, match="release"):
        Cache("redis://127.0.0.1:1/0", fleet="api", release=release)  # type: ignore[arg-type]


def test_an_offset_that_the_floor_does_not_read_is_not_pickled() -> None:
    """Python 3.6 raises at half a minute; 3.7 reads it."""
    value = [datetime(2019, 11, 1, tzinfo=timezone(timedelta(seconds=30)))]
    load = "import sys, pickle; pickle.load(sys.stdin.buffer)"

    with pytest.raises(BelowFloor, match=r"3\.7"):
        PickleCodec(AllowList.default(), "3.6").encode(value)
    data = PickleCodec(AllowList.default(), "3.7").encode(value)
    for version, code in (("3.6", 1), ("3.7", 0)):
        done = subprocess.run(
            [python(version), "-c", load], input=data, capture_output=True, check=False
        )
        assert done.returncode == code


def test_a_canary_that_has_gone_is_not_promoted(server: PrivateServer) -> None:
    """And is no release to go back to, though it was the last one that was seen."""
    terms: dict[str, Any] = {
        "fleet": "api",
        "floor": "fleet",
        "fleet_minimum": "python>=3.9, shelflife",
    }
    with Cache(server.url, prefix="api:", release="r1", **terms) as old:
        old.set("a", 1)
        time.sleep(1.1)
        with Cache(server.url, prefix="api:", release="r2", **terms) as canary:
            canary.set("b", 1)
        store = open_store(server.url)
        sight = look("api", store.run)
        store.close()

        assert gone_ahead(sight) == ["r2"]
        assert release_to_go_back_to(sight, None) is None


def test_a_reader_that_is_declared_anew_has_a_way_back(server: PrivateServer) -> None:
    """To what it was declared to read before."""
    store = open_store(server.url)
    sight = look("api", store.run)
    store.close()
    before = Declared(parse_floor("3.9, shelflife, numpy<2"), "somebody", None)
    sight = replace(sight, registry=replace(sight.registry, declared={"x": before}))

    change = declare(sight, "x", parse_floor("3.9, shelflife"), "somebody")

    assert change.back == ("declare", "x", *reach_words(before.reach))
