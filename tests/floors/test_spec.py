"""What a user may say of a floor, and what is refused."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from shelflife.errors import ConfigurationError
from shelflife.floors import Bounds, Floor, lowest, parse_floor

OURS = frozenset(("shelflife",))
WERKZEUG = frozenset(("werkzeug",))


@pytest.mark.parametrize(
    ("spec", "floor"),
    [
        ("3.10", Floor((3, 10))),
        ("python>=3.9", Floor((3, 9))),
        ("shelflife", Floor((3, 9))),
        ("shelflife>=1, python >= 2.7", Floor((2, 7))),
        ("werkzeug, 2.7", Floor((2, 7), WERKZEUG)),
        ("werkzeug,shelflife,python>=3.6", Floor((3, 6), WERKZEUG | OURS)),
        (["python>=3.9", "numpy<2"], Floor((3, 9), packages=(Bounds("numpy", None, (2,)),))),
        (
            "python>=3.9, numpy>=1.26, numpy<2.1",
            Floor((3, 9), packages=(Bounds("numpy", (1, 26), (2, 1)),)),
        ),
    ],
)
def test_terms_mean_what_they_say(spec: Any, floor: Floor) -> None:
    """And the floor's own text means the same again."""
    assert parse_floor(spec) == floor
    assert parse_floor(str(floor)) == floor
    assert parse_floor(floor) is floor


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "empty"),
        ("3.9,,", "empty"),
        (7, "takes text"),
        ("3", "is none|nothing is known|no Python"),
        ("4.0", "2.7 and 3.x"),
        ("2.6", "2.7 and 3.x"),
        ("python<3.9", "python>=3.8"),
        ("python==3.9", "python>=3.8"),
        ("2.7, 3.9", "two floors"),
        ("werkzeug", "names no Python"),
        ("werkzeug>=1, 2.7", "write it werkzeug"),
        ("shelflife>=2", "formats 1 to 1"),
        ("shelflife>=0", "formats 1 to 1"),
        ("shelflife<2", "shelflife>=1"),
        ("scipy<2", "nothing is known of scipy"),
        ("numpy", "takes >= and <"),
        ("numpy~=1.2", "takes >= and <"),
        ("numpy<2, numpy<3", "contradicts"),
        ("numpy>=2, numpy<2", "no version"),
        ("celery, 3.9", "nothing is known"),
        ("!!", "is none"),
    ],
)
def test_what_is_no_floor_is_refused(spec: Any, said: str) -> None:
    """By a sentence that says what would be one."""
    with pytest.raises(ConfigurationError, match=said):
        parse_floor(spec)


def test_the_lowest_is_what_all_of_them_read() -> None:
    """In whatever order they are given."""
    floors = [
        parse_floor("3.9, shelflife, werkzeug, numpy>=2"),
        parse_floor("2.7, werkzeug"),
        parse_floor("3.12, shelflife, werkzeug, numpy>=1.26, numpy<2"),
    ]
    expected = Floor((2, 7), WERKZEUG, packages=(Bounds("numpy", (1, 26), None),))

    for order in permutations(floors):
        assert lowest(order) == expected
    assert lowest(floors).writes == "werkzeug"


def test_who_has_nothing_in_common_is_written_nothing() -> None:
    """No form is read by readers of different dialects."""
    assert lowest([parse_floor("2.7, werkzeug"), parse_floor("3.9")]).writes == ""
