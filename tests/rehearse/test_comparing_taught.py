"""What a few odd answers do not teach: noise of some requests is not that of all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

import pytest

from rehearse.answered import Bench, Body, asked

SHOP = "<html><body><h1>News</h1>{}<footer>Imprint</footer></body></html>"
WRONG = "<html><body><h1>Error</h1><p>Not now</p><footer>Imprint</footer></body></html>"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.comparer.close()


def _page(stories: int) -> str:
    return SHOP.format("".join(f"<p>Story {each}</p>" for each in range(stories)))


def _hours_away(hours: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).isoformat()


def test_one_null_is_not_right_for_all(bench: Bench) -> None:
    """Others vary at that place as well, but never by null."""
    for number in range(9):
        times = [{"at": f"2019-01-01T10:00:{number}{each}Z"} for each in "12"]
        bench.teach(times, request=asked(number))
    bench.teach([{"at": None}, {"at": "2019-01-01T10:00:07Z"}], request=asked(9))

    assert bench.own({"at": None}, request=asked(3)) == ["body $.at"]
    assert bench.own({"at": None}, request=asked(9)) == []


@pytest.mark.parametrize(
    ("odd", "wrong"),
    [
        pytest.param([{"t": "one"}, {"t": "two"}], {"t": "three"}, id="a word"),
        pytest.param([{"t": "one"}, {"t": "it is two"}], {"t": "some text"}, id="a text"),
        pytest.param([{"t": "one"}, {}], {}, id="a key"),
        pytest.param([{"t": ["x"]}, {"t": ["x", "y"]}], {"t": ["x", "x"]}, id="members"),
    ],
)
def test_two_odd_answers_do_not_blind_an_endpoint(
    bench: Bench, odd: list[Body], wrong: Body, request: pytest.FixtureRequest
) -> None:
    """Where anything would fit, two of a hundred requests are too few."""
    usual: Body = (
        {"t": ["plain"]} if isinstance(wrong, dict) and wrong == {"t": [3]} else {"t": "x"}
    )
    for number in range(100):
        bench.teach(odd if number < 2 else [usual, usual], request=asked(number))

    assert bench.own(wrong, request=asked(50)) == ["body $.t"]


def test_two_odd_numbers_are_enough(bench: Bench) -> None:
    """Seconds that are left, ages and counts seldom differ within four answers."""
    for number in range(100):
        bench.teach([{"left": 60}, {"left": 59 if number < 2 else 60}], request=asked(number))

    assert bench.own({"left": 58}, request=asked(50)) == []


def test_of_many_noisy_requests_some_are_looked_at(bench: Bench) -> None:
    """Their share is that of those that were looked at."""
    for number in range(700):
        bench.teach([{"by": "the one"}, {"by": "somebody"}], request=asked(number))
    bench.teach([{"by": "us all"}] * 2, request=asked(700))

    assert bench.own({"by": "nobody at all"}, request=asked(700)) == []


@pytest.mark.parametrize("hours", [-5.5, -1.0, 0.75, 5.0])
def test_a_clock_that_varies_stays_with_the_clock(bench: Bench, hours: float) -> None:
    """A zone that was lost or added does not hide behind the noise of the time of day."""
    for number in range(3):
        bench.teach([{"now": _hours_away(0)}, {"now": _hours_away(0)}], request=asked(number))

    assert bench.own({"now": _hours_away(0)}) == []
    assert bench.own({"now": _hours_away(hours)}) == ["body $.now"]


def test_a_clock_that_counts_stays_with_the_clock(bench: Bench) -> None:
    """The same for seconds since 1970."""
    for number in range(3):
        bench.teach([{"now": time.time()}, {"now": time.time() + 0.01}], request=asked(number))

    assert bench.own({"now": time.time()}) == []
    assert bench.own({"now": time.time() - 3600}) == ["body $.now"]


def test_a_time_that_is_no_clock_may_be_any(bench: Bench) -> None:
    """A deadline, or the date of an item drawn by lot."""
    for number in range(3):
        bench.teach([{"due": _hours_away(1)}, {"due": _hours_away(7)}], request=asked(number))

    assert bench.own({"due": _hours_away(-3)}) == []


def test_a_heading_beside_a_list_that_grows_is_compared(bench: Bench) -> None:
    """An element that is alone with its name is no member of the list."""
    for number in range(3):
        bench.teach([_page(3), _page(5)], request=asked(number))

    assert bench.own(_page(4)) == []
    assert bench.own(WRONG) == ["body /html[1]/body[1]/h1[1]"]
    assert bench.own(_page(4).replace("Imprint", "\u00c3\u00a9")) == [
        "body /html[1]/body[1]/footer[6]"
    ]
    assert bench.own(_page(4).replace("<h1>News</h1>", "")) == ["body /html[1]/body[1]/h1[1]"]


def test_what_varies_beside_a_list_that_grows_is_noise(bench: Bench) -> None:
    """What is alone with its name is known to vary, or to be there or not."""
    for number in range(3):
        taught = [
            _page(3).replace("News", "News of Anna") + '<div class="ad">buy this</div>',
            _page(5).replace("News", "News by Bert"),
        ]
        bench.teach(taught, request=asked(number))

    assert bench.own(_page(4).replace("News", "News to Carl")) == []
    assert bench.own(_page(4) + '<div class="ad">buy that</div>') == ["body /html[1]/body[1]/h1[1]"]


def test_cursors_with_escapes_are_one_word(bench: Bench) -> None:
    """How many escapes there are is chance."""
    for number in range(3):
        cursors = [{"next": f"/a?cursor={quote(each)}"} for each in ("ab+c/d==", "b/+/+c=a")]
        bench.teach(cursors, request=asked(number))

    assert bench.own({"next": f"/a?cursor={quote('abcdefgh')}"}) == []
    assert bench.own({"next": f"/a?cursor={quote('abcdefgh')}&page=2"}) == ["body $.next"]
