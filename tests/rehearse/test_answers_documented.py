"""The page about comparing says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rehearse.answered import Bench, answered
from shelflife.rehearse.answers.bodies import DEEPEST, LARGEST_PAGE
from shelflife.rehearse.answers.differences import MOST
from shelflife.rehearse.answers.encodings import LARGEST
from shelflife.rehearse.answers.headings import NEVER, SETS
from shelflife.rehearse.answers.shown import LONGEST

PAGE = (Path(__file__).parents[2] / "docs" / "rehearse-comparing.md").read_text()


def part(name: str) -> str:
    return PAGE.partition(f"<!-- {name} -->")[2].partition("<!-- end -->")[0]


def test_the_headers_that_are_never_compared_are_documented() -> None:
    """And no others."""
    assert set(re.findall(r"`([a-z0-9-]+)`", part("never compared"))) == NEVER


def test_the_headers_that_are_sets_are_documented() -> None:
    """With one name cut short."""
    (row,) = (line for line in part("compared").splitlines() if "`Vary`" in line)
    names = {each.lower() for each in re.findall(r"`([A-Za-z-]+)`", row.split("|")[1])}

    assert {n if n != "-headers" else "access-control-allow-headers" for n in names} == SETS


def test_the_bounds_are_documented() -> None:
    """In round numbers."""
    assert f"At most {MOST} differences for each answer, at most {LONGEST} characters" in PAGE
    assert f"nests deeper than\n{DEEPEST} and pages above {LARGEST_PAGE // 10**6} MB" in PAGE
    assert f"above {LARGEST >> 20} MiB" in PAGE


SAID: dict[str, tuple[Any, Any, bool]] = {
    "1 is 1.0": ({"n": 1}, {"n": 1.0}, True),
    "not true": ({"n": 1}, {"n": True}, False),
    "not a text": ({"n": 1}, {"n": "1"}, False),
    "12 digits": ("0.333333333333", "0.3333333333333333", True),
    "9.9 is not 9.90": ("<p>9.9</p>", "<p>9.90</p>", False),
    "line ends": ("a\r\nb", "a\nb", True),
    "NFC, NFD": ("é", "e\u0301", False),
    "a lost zone": (
        [{"at": "2019-11-28T10:00:00+00:00"}, {"at": "2019-11-28T10:00:01+00:00"}],
        {"at": "2019-11-28T10:00:00"},
        False,
    ),
    "a time in a text": (
        ["Hello José, it is 10:00:07", "Hello José, it is 10:00:08"],
        "Hello José, it is 10:00:09",
        True,
    ),
    "the name beside it": (
        ["Hello José, it is 10:00:07", "Hello José, it is 10:00:08"],
        "Hello Jose, it is 10:00:09",
        False,
    ),
}


@pytest.mark.parametrize("which", SAID)
def test_what_the_page_says_is_so(tmp_path: Path, which: str) -> None:
    """Its examples."""
    before, after, same = SAID[which]
    several = before if isinstance(before, list) else [before, before]
    bench = Bench(tmp_path)
    bench.teach([answered(each) for each in several])

    found = bench.own(answered(after))
    bench.comparer.close()
    assert (found == []) is same
