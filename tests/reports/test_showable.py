"""Hostile text, made fit to be shown; figures as people read them."""

from __future__ import annotations

import unicodedata

import pytest

from shelflife.lookup import Reason
from shelflife.reports.figures import entries, size, span
from shelflife.reports.sentences import REASONS, highest_protocol
from shelflife.reports.showable import LONGEST, showable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("api:article:*", "api:article:*"),
        ("\u00e4\u00f6\u00fc \u65e5\u672c \u05e9\u05dc\u05d5\u05dd", None),
        ("\x1b[2J\x07\x7f", r"\x1b[2J\x07\x7f"),
        ("a\r\n\tb\x00", r"a\x0d\x0a\x09b\x00"),
        ("\x9b31m\xa0", r"\x9b31m\xa0"),
        ("\u202egnp\u2066\u200f\ufeff\u200b", r"\u202egnp\u2066\u200f\ufeff\u200b"),
        ("\u2028\ud800\U000e0041", r"\u2028\ud800\U000e0041"),
        ("\u3164\ufe0f\u2800", r"\u3164\ufe0f\u2800"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 4, "e\u0301\u0301\\u0301\\u0301"),
    ],
)
def test_what_is_not_plainly_visible_is_escaped(text: str, shown: str) -> None:
    """And what is, in any script, is left as it is."""
    assert showable(text) == (text if shown is None else shown)


def test_no_character_gets_through_that_could_do_harm() -> None:
    """Of all that Unicode has: no control, format, surrogate, private or separator."""
    for code in range(0x110000):
        for character in showable(chr(code)):
            assert character == " " or unicodedata.category(character)[0] not in "CZ", hex(code)


@pytest.mark.parametrize("text", ["n" * 10_000, "\x1b" * 10_000, "\U000e0041" * 10_000])
def test_the_length_is_bounded(text: str) -> None:
    """Of what is shown, however much escaping adds; and it is said what was cut."""
    shown = showable(text)

    assert len(shown) <= LONGEST + len("... (10,000 characters)")
    assert shown.endswith("... (10,000 characters)")
    assert showable("n" * LONGEST) == "n" * LONGEST


def test_figures_are_for_people() -> None:
    """Units that fit."""
    assert [size(count) for count in (0, 1023, 34_000, 5 << 20, 3 << 30)] == [
        "0 B",
        "1,023 B",
        "33.2 KiB",
        "5.0 MiB",
        "3.0 GiB",
    ]
    assert [span(count) for count in (0.25, 12, 90, 21_600, 129_600)] == [
        "0.2 s",
        "12 s",
        "1.5 min",
        "6 h",
        "1.5 d",
    ]
    assert [entries(count) for count in (0, 1, 12_340)] == [
        "0 entries",
        "1 entry",
        "12,340 entries",
    ]


def test_every_reason_has_a_sentence() -> None:
    """And no other."""
    assert set(REASONS) == {reason.value for reason in Reason}


def test_the_highest_protocol_is_known_for_every_python() -> None:
    """Of any spelling."""
    pythons = ("2.7", "2.7.18", "3.3", "3.4", "3.7.17", "3.8", "3.14", "", "x")
    assert [highest_protocol(python) for python in pythons] == [2, 2, 3, 4, 4, 5, 5, 5, 5]
