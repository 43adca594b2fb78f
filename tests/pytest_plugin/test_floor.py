"""The trip-wire: it fails when this Python pickles what the floor does not read."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

PLAIN = "def test_one(): pass"


def run(project: Any, floor: str, *words: str, protocols: str = "default highest") -> Any:
    """Run a project with a floor."""
    project.write(test_one=PLAIN)
    settings = ("-o", f"shelflife_floor={floor}", "-o", f"shelflife_protocols={protocols}")
    return project.run(*settings, *words)


def test_without_a_floor_there_is_no_trip_wire(project: Any) -> None:
    """Nor where there are no tests."""
    project.write(test_one=PLAIN)
    project.run().assert_outcomes(passed=1)
    empty = project.run("-o", "shelflife_floor=3.8", "--ignore=test_one.py")

    assert empty.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_floor_that_reads_what_this_python_writes_passes(project: Any) -> None:
    """As one more test."""
    run(project, "3.8").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("floor", "protocols", "told"),
    [
        ("2.7", "default", "DEFAULT_PROTOCOL is *Python 2.7, the floor, reads up to 2"),
        ("werkzeug, python>=3.3", "default", "*Python 3.3, the floor, reads up to 3"),
        ("3.7", "default highest", "HIGHEST_PROTOCOL is 5 *Python 3.7, the floor, reads up to 4"),
    ],
)
def test_a_floor_that_does_not_fails(project: Any, floor: str, protocols: str, told: str) -> None:
    """With the protocol, and what to do."""
    result = run(project, floor, protocols=protocols)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"*{told}*", "*Pin the protocol*"])


@pytest.mark.parametrize("which", ["DEFAULT_PROTOCOL", "HIGHEST_PROTOCOL"])
def test_a_python_to_come_fails(project: Any, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    """Even where the code relies on the other protocol: nobody knows the new one yet."""
    monkeypatch.setattr(pickle, which, 6)
    relied_on = "highest" if which == "DEFAULT_PROTOCOL" else "default"

    result = run(project, "3.8", protocols=relied_on)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*knows pickle protocol 6*update shelflife*"])


def test_who_names_single_tests_gets_those_alone(project: Any) -> None:
    """And -k selects."""
    run(project, "3.8", "test_one.py::test_one").assert_outcomes(passed=1)

    run(project, "3.8", "-k", "test_one").assert_outcomes(passed=1, deselected=1)


@pytest.mark.parametrize(("floor", "protocols"), [("4.2", "default"), ("3.8", "newest")])
def test_a_setting_that_is_none_is_misuse(project: Any, floor: str, protocols: str) -> None:
    """It says what is taken."""
    result = run(project, floor, protocols=protocols)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*shelflife_*"])
