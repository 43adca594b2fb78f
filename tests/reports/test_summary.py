"""What a report shows of a document: nothing twice, nothing lost."""

from __future__ import annotations

import pytest

from reports.documents import EVERY, document, group, large, unsafe, verdict
from shelflife.reports.summary import VERDICTS, describe, summarise


@pytest.mark.parametrize("name", EVERY)
def test_every_group_stands_in_one_section(name: str) -> None:
    """And every verdict is counted."""
    whole = EVERY[name]()
    found = summarise(whole)
    sections = (found.broken, found.state, found.waived, found.known, found.fine)
    numbers = sorted(group["id"] for section in sections for group in section)

    assert numbers == sorted(group["id"] for group in whole["groups"])
    counted = sum(sum(counts.values()) for counts in found.totals.values())
    given = sum(g["count"] * len({**g["verdicts"], **g["rewritten"]}) for g in whole["groups"])
    assert counted == given


def test_groups_go_where_they_are_dealt_with() -> None:
    """State first, whatever else is said of it; a waiver does not hide what reads."""
    bad = {"new": verdict("fails", "corrupt")}
    good = {"new": verdict("reads")}
    groups = [
        group(1, "a", 1, bad, state="queue", waived="why", known=True),
        group(2, "b", 1, bad, waived="why", known=True),
        group(3, "c", 1, bad, known=True),
        group(4, "d", 1, bad),
        group(5, "e", 1, good, waived="why"),
        group(6, "f", 1, good, {"new->old": verdict("unknown")}),
        group(7, "g", 1, {}),
    ]

    found = summarise(document(groups=groups))

    assert [g["id"] for g in found.state] == [1]
    assert [g["id"] for g in found.waived] == [2]
    assert [g["id"] for g in found.known] == [3]
    assert [g["id"] for g in found.fine] == [5]
    assert [g["id"] for g in found.broken] == [4, 6, 7]


def test_targets_that_say_the_same_say_it_once() -> None:
    """In the targets' order."""
    whole = large(3)

    first, second = summarise(whole).outcomes(whole["groups"][0])

    assert first.columns == ("t5", "t7", "t9", "t11", "t13")
    assert second.columns == ("t6", "t8", "t10", "t12")


def test_reasons_become_sentences() -> None:
    """With protocol and Python where they matter, and the verdict's own detail."""
    found = summarise(unsafe())
    said = {
        (group["key_class"], outcome.columns): outcome.why
        for group in found.broken
        for outcome in found.outcomes(group)
    }

    assert said["api:article:*", ("new",)] == (
        "Python 2 wrote 8-bit text; Python 3 raises UnicodeDecodeError on it"
    )
    assert said["api:feed:*", ("old",)] == (
        "written with pickle protocol 4; Python 2.7 reads up to 2 and raises ValueError"
    )
    assert said["api:article:*", ("new->old",)] == (
        "written with a newer pickle protocol; Python 2.7 reads up to 2 and raises ValueError"
    )
    assert said["api:score:*", ("new",)] == (
        "loads without an error, but gives another value than was written: value.mu: 1.5 became 0.0"
    )
    assert said["api:blob:*", ("new",)] == (
        "perhaps raises an exception when it is loaded: the child died (signal 11)"
    )


def test_a_group_is_described() -> None:
    """All owners are named where several are possible."""
    both = group(1, "k", 1, {}, owners=["cachelib", "werkzeug"], dialect="pickle")
    assert describe(both) == "pickle (of cachelib or werkzeug), pickle protocol 2"
    assert describe(group(1, "k", 1, {}, dialect="", codec="", protocol=None)) == "unrecognised"
    assert VERDICTS == ("reads", "changed", "fails", "unknown")
