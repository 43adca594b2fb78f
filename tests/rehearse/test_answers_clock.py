"""Times of the rehearsal itself, which are compared by their format."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable

import pytest

from rehearse.answered import Bench
from shelflife.rehearse.answers.clock import moment

NOW = datetime(2026, 11, 28, 9, 5, 7, tzinfo=timezone.utc)
WRITTEN: dict[str, tuple[str, float]] = {
    "%Y-%m-%dT%H:%M:%SZ": ("", 1.0),
    "%Y-%m-%d %H:%M:%S.%f": ("", 1.0),
    "%Y-%m-%d %H:%M": ("minute", 60.0),
    "%Y/%m/%d %H:%M:%S UTC": ("", 1.0),
    "%Y%m%dT%H%M%SZ": ("", 1.0),
    "%a, %d %b %Y %H:%M:%S GMT": ("", 1.0),
    "%a %b %d %H:%M:%S %Y": ("", 1.0),
    "%d %B %Y": ("day", 86400.0),
    "%Y-%m-%d": ("day", 86400.0),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_times_are_read(form: str) -> None:
    """In the usual ways of writing them."""
    rounded, exact_to = WRITTEN[form]
    found = moment(NOW.strftime(form))

    wanted = NOW.timestamp() - {"": 0, "minute": 7, "day": 9 * 3600 + 307}[rounded]
    assert found is not None
    assert (found.at, found.exact_to) == (wanted, exact_to)


def test_zones_are_read() -> None:
    """The same moment, written in three of them."""
    moments = [
        moment(f"2026-11-28T{each}") for each in ("10:00:00Z", "12:30:00+02:30", "07:00:00-0300")
    ]

    assert {each.at for each in moments if each} == {1795860000.0}


@pytest.mark.parametrize("text", ["2026-13-01", "Foo 12", "no time", "2026-00-10 10:00"])
def test_what_is_no_time_is_none(text: str) -> None:
    """Nothing is raised."""
    assert moment(text) is None


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.comparer.close()


FORMS: dict[str, Callable[[datetime], object]] = {
    "zone": lambda at: at.isoformat(timespec="seconds"),
    "text": lambda at: f"made at {at:%Y-%m-%d %H:%M} UTC by us",
    "naive": lambda at: at.replace(tzinfo=None).isoformat(timespec="seconds"),
    "number": lambda at: int(at.timestamp()),
    "milliseconds": lambda at: int(at.timestamp() * 1000),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_time_of_the_rehearsal_is_not_compared(
    bench: Bench, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although all that was learned was of one second; a time that was shifted is."""
    began = datetime.now(timezone.utc)
    bench.teach([{"at": FORMS[form](began)}] * 4)
    later = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: later)

    assert bench.own({"at": FORMS[form](began + timedelta(seconds=690))}) == []
    assert bench.own({"at": FORMS[form](began + timedelta(hours=5, minutes=7))}) == ["body $.at"]
    assert bench.own({"at": FORMS[form](began - timedelta(hours=5, minutes=7))}) == ["body $.at"]


def test_a_time_of_another_format_is_compared(bench: Bench) -> None:
    """It lost its zone."""
    now = datetime.now(timezone.utc)
    bench.teach([{"at": now.isoformat(timespec="seconds")}] * 4)
    lost = now.replace(tzinfo=None).isoformat(timespec="seconds")

    assert bench.own({"at": lost}) == ["body $.at"]


def test_a_time_of_long_ago_is_compared(bench: Bench) -> None:
    """What an article says about itself."""
    bench.teach([{"published": "2019-03-01T10:00:00Z"}] * 4)

    assert bench.own({"published": "2019-03-01T11:00:00Z"}) == ["body $.published"]
