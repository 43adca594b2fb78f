"""The report of a rehearsal for the test pages of pipelines."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.rehearsal_parts import Rehearsal, rehearsal
from reports.rehearsals import EVERY, inconclusive, large, partial, unsafe
from shelflife.reports.rehearsal_junit import junit, write


def cases(whole: Rehearsal) -> dict[str, ET.Element]:
    """The cases of a file, by class and name."""
    suite = ET.fromstring(junit(whole).partition("\n")[2])[0]
    found = {f"{one.get('classname')}: {one.get('name')}": one for one in suite}
    for total, tag in (("failures", "failure"), ("errors", "error")):
        assert int(suite.attrib[total]) == sum(one.find(tag) is not None for one in suite)
    assert int(suite.attrib["tests"]) == len(suite)
    return found


def bad(whole: Rehearsal) -> dict[str, str]:
    """The cases that are not green, with what they are."""
    found = {name: [child.tag for child in one] for name, one in cases(whole).items()}
    return {name: tags[0] for name, tags in found.items() if tags != ["system-out"]}


def test_a_safe_rehearsal_is_green() -> None:
    """With a case for each phase, each kind of finding and direction, and the adequacy."""
    found = cases(rehearsal())

    assert bad(rehearsal()) == {}
    assert "shelflife.rehearsal: verdict" in found
    assert "shelflife.rehearsal.phase: rollback" in found
    assert "shelflife.rehearsal.findings: error rollback" in found
    assert "shelflife.rehearsal.findings: keys" in found
    assert "shelflife.rehearsal.adequacy: enough" in found
    assert set(found) - {"shelflife.rehearsal.adequacy: enough"} <= set(cases(inconclusive()))


def test_what_is_unsafe_is_a_failure() -> None:
    """The verdict, the phases and the kinds of it; what is accepted is not."""
    assert bad(unsafe()) == {
        "shelflife.rehearsal: verdict": "failure",
        "shelflife.rehearsal.phase: upgrade": "failure",
        "shelflife.rehearsal.phase: rollback": "failure",
        "shelflife.rehearsal.phase: mixed": "failure",
        "shelflife.rehearsal.findings: error upgrade": "failure",
        "shelflife.rehearsal.findings: error rollback": "failure",
        "shelflife.rehearsal.findings: answer upgrade": "failure",
    }
    text = cases(unsafe())["shelflife.rehearsal.findings: error rollback"][0].text or ""
    for part in (
        "ValueError: unsupported pickle protocol: 4",
        "GET /articles/9",
        "status: 500 instead of 200",
        "read api:article:*, written by new in upgrade",
        "to do: Let new read",
    ):
        assert part in text


def test_what_is_inconclusive_is_an_error() -> None:
    """Each gap, with its remedy; and whatever else leaves too little to say."""
    assert bad(inconclusive()) == {
        "shelflife.rehearsal: verdict": "error",
        "shelflife.rehearsal.adequacy: non-ascii api:article:*": "error",
        "shelflife.rehearsal.adequacy: not-crossed api:tag:* rollback": "error",
    }
    gap = cases(inconclusive())["shelflife.rehearsal.adequacy: non-ascii api:article:*"][0]
    assert "to do: shelflife rehearse plan.toml --inject unicode" in (gap.text or "")
    assert bad(partial()) == {"shelflife.rehearsal: verdict": "error"}
    assert "shelflife.rehearsal: verdict" in bad(rehearsal(verdict="whatever"))


@pytest.mark.parametrize("name", EVERY)
def test_every_document_makes_a_file(name: str) -> None:
    """Well formed and bounded, whatever its texts are."""
    whole = EVERY[name]()
    source = junit(whole)

    assert cases(whole)
    assert len(source) < 500_000
    assert not [c for c in source if c != "\n" and not c.isprintable()]


def test_many_gaps_are_counted() -> None:
    """They stay errors."""
    found = bad(large())

    assert found["shelflife.rehearsal.adequacy: more gaps"] == "error"
    assert "980 more findings" in (
        cases(large())["shelflife.rehearsal.findings: error upgrade"][0].text or ""
    )


def test_the_file_is_written(tmp_path: Path) -> None:
    """Whole."""
    write(unsafe(), tmp_path / "rehearsal.xml")

    assert (tmp_path / "rehearsal.xml").read_text(encoding="utf-8") == junit(unsafe())
