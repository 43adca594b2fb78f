"""What a cache writes at a floor, and what it does not write."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from shelflife import Cache, Event, EventKind, Types
from shelflife.errors import ConfigurationError
from shelflife.floors import LackedNames, parse_floor

PLAIN = {"a": [1, 2.5, None, "é", b"x"], "t": (1, {2}), "d": datetime(2019, 11, 1)}
BRIDGE = "shelflife, python>=2.7"


class Point(NamedTuple):
    """A class of an application."""

    x: int
    y: int


def told(cache: Cache) -> list[Event]:
    """Collect what a cache tells."""
    events: list[Event] = []
    cache.on_event(events.append)
    return events


@pytest.mark.parametrize("floor", [BRIDGE, "shelflife, python>=3.6", "3.9", "werkzeug, 2.7"])
def test_plain_data_is_written_at_every_floor(floor: str) -> None:
    """And read back as it was."""
    with Cache("memory://", floor=floor, reads="werkzeug") as cache:
        assert cache.set("k", PLAIN)
        assert cache.get("k") == PLAIN


@pytest.mark.parametrize(
    ("value", "since"),
    [
        (datetime(2019, 11, 1, tzinfo=timezone.utc), (3, 2)),
        (time(1, tzinfo=timezone(timedelta(seconds=90))), (3, 7)),
        (datetime(2019, 11, 1, tzinfo=ZoneInfo("Europe/Berlin")), (3, 9)),
        (datetime(2019, 10, 27, 2, 30, fold=1), (3, 6)),
        (ip_address("::1"), (3, 3)),
        (ip_address("fe80::1%eth0"), (3, 9)),
        (PurePosixPath("a/b"), (3, 4)),
        (timezone.utc, (3, 2)),
        ({"a": 1, b"a": 2}, (3, 0)),
        ({"a", b"a"}, (3, 0)),
        (range(2**70), (3, 0)),
    ],
)
def test_what_a_reader_lacks_is_not_written(value: Any, since: tuple[int, int]) -> None:
    """An old value goes, nobody is told another one, and the event says who lacks what."""
    for version in ((2, 7), (3, 1), (3, 2), (3, 3), (3, 4), (3, 6), (3, 8), (3, 9)):
        floor = f"shelflife, python>={version[0]}.{version[1]}"
        with Cache("memory://", floor=floor) as cache:
            events = told(cache)
            cache.set("k", "old")

            assert cache.set("k", {"rows": [value]}) == (version >= since)

            if version < since:
                assert cache.get("k") is None
                assert [(event.kind, event.reason) for event in events] == [
                    (EventKind.NOT_STORED, "below-floor")
                ]
                assert f"Python {version[0]}.{version[1]}" in events[0].detail
                assert str(events[0].path).startswith("value['rows'][0]")
                assert "rows" not in str(events[0])
                assert cache.counters().not_stored == {"below-floor": 1}


def test_the_bridge_knows_no_registered_classes() -> None:
    """They are refused below Python 3.9."""
    types = Types()
    types.register("point", Point)

    for floor, stored in ((BRIDGE, False), ("3.9", True)):
        with Cache("memory://", floor=floor, types=types) as cache:
            assert cache.set("k", [Point(1, 2)]) is stored


def test_names_are_asked_of_the_tables() -> None:
    """A name of the standard library that some reader lacks is named with the Python."""
    lacked = LackedNames(parse_floor("werkzeug, 2.7"), 2)

    assert lacked("graphlib", "TopologicalSorter") == "does not exist in Python 2.7"
    assert lacked("collections", "OrderedDict") == ""
    assert lacked("app.models", "Article") == ""
    assert LackedNames(parse_floor("3.9"), 5)("graphlib", "TopologicalSorter") == ""


@pytest.mark.parametrize(
    ("floor", "why"),
    [
        ("3.9, numpy<2", "exists since numpy 1.26"),
        ("3.9, numpy>=1.25", "exists since numpy 1.26"),
        ("3.9, numpy>=1.26, numpy<2", ""),
        ("3.9", ""),
    ],
)
def test_packages_are_bounded(floor: str, why: str) -> None:
    """A name that numpy moved is refused where some reader within the bounds lacks it."""
    assert LackedNames(parse_floor(floor), 5)("numpy._core.multiarray", "_reconstruct") == why
    assert LackedNames(parse_floor(floor), 5)("numpy", "ndarray") == ""


def test_a_class_that_the_floor_lacks_is_not_pickled() -> None:
    """The check of the tables is the one that writing makes."""
    from graphlib import TopologicalSorter  # noqa: PLC0415 - a class of 3.9

    for floor, stored in (("werkzeug, 3.8", False), ("werkzeug, 3.9", True)):
        with Cache(
            "memory://",
            floor=floor,
            reads="werkzeug",
            allow=["graphlib.TopologicalSorter"],
        ) as cache:
            events = told(cache)

            assert cache.set("k", [TopologicalSorter()]) is stored
            assert ["graphlib" in event.detail for event in events] == [True] * (not stored)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"floor": "2.7"}, 'floor="shelflife, 2.7"'),
        ({"floor": "werkzeug, 2.7", "writes": "shelflife"}, "read no such entries"),
        ({"floor": "shelflife, 3.9", "writes": "werkzeug"}, "read no such entries"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, Any], said: str) -> None:
    """By a sentence that says what would work."""
    with pytest.raises(ConfigurationError, match=said):
        Cache("memory://", **options)
