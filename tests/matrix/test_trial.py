"""Stages 3 and 4 on what real interpreters write: every failing load, and what loads as another."""

from __future__ import annotations

from itertools import combinations

import pytest

from conftest import missing
from matrix.conftest import VERSIONS, Written, corpus, interpreters, truth
from shelflife.dialects.recognition import Recognised
from shelflife.pickles import facts
from shelflife.runtimes import open_target
from shelflife.verdicts import Judge, Judged

# Python 3.9 keeps its name in the instance's dict, 3.10 where ImportError has it: the dict changes.
MOVED = "importlib.metadata.PackageNotFoundError('x')"
FEW = ("2.7", "3.9", "3.10", "3.13")


def judged(versions: tuple[str, ...], entries: list[Written], *, pairs: bool) -> list[Judged]:
    """The verdicts of trials on these interpreters; `pairs` for the rollbacks as well."""
    for version in versions:
        if version not in interpreters():
            missing(f"python{version}", f"there is no Python {version} here")
    readers = [open_target(f"py{version}={interpreters()[version]}") for version in versions]
    found = [
        Recognised(
            "pickle", codec="pickle", payload=one.blob, facts=facts(one.blob), writes="default"
        )
        for one in entries
    ]
    judge = Judge(readers, "trial")
    if not pairs:
        judge.pairs = []
    try:
        return judge.judge(found)
    finally:
        for reader in readers:
            reader.close()


def compare(versions: tuple[str, ...]) -> None:
    """Hold the verdicts against what each interpreter really did."""
    chosen = [(at, one) for at, one in enumerate(corpus()) if one.writer in versions]
    verdicts = judged(versions, [one for _, one in chosen], pairs=False)
    unknown = 0
    for (at, one), found in zip(chosen, verdicts):
        for version in versions:
            verdict, outcome = found.verdicts[f"py{version}"], truth(version)[at]
            if verdict.verdict == "unknown":
                unknown += 1
                continue
            assert (verdict.verdict == "fails") == bool(outcome), (one[:3], version, verdict)
    assert unknown < 0.01 * len(chosen) * len(versions)


def test_every_failing_load_is_found() -> None:
    """On a few interpreters that are far apart, and no load that works is called failing."""
    compare(FEW)


@pytest.mark.slow
def test_every_failing_load_is_found_on_all() -> None:
    """On all nine."""
    compare(VERSIONS)


def test_another_value_is_called_changed() -> None:
    """NormalDist of 3.9 loads on 3.10 with its state in the wrong place: the path is told."""
    entries = [
        one for one in corpus() if one.writer == "3.9" and one.expression.startswith("statistics.N")
    ]
    for found in judged(("3.9", "3.10"), entries, pairs=False):
        assert found.verdicts["py3.9"].verdict == "reads"
        assert found.verdicts["py3.10"].verdict == "changed"
        assert found.verdicts["py3.10"].stage == "compare"
        assert "value._mu" in found.verdicts["py3.10"].detail


@pytest.mark.parametrize(("old", "new"), [("2.7", "3.8"), ("3.12", "3.13"), ("3.9", "3.10")])
def test_the_rollback_is_predicted(old: str, new: str) -> None:
    """From what the old one wrote: as it really fares with what the new one writes.

    The truth is what the new interpreter itself writes of the same expression.
    """
    by_new: dict[str, bool] = {}
    for one, outcome in zip(corpus(), truth(old)):
        if one.writer == new and one.protocol == 4:
            by_new[one.expression] = not outcome
    lowest = 0 if old == "2.7" else 4
    entries = [
        one
        for one in corpus()
        if one.writer == old and one.protocol == lowest and one.expression in by_new
        if one.expression != MOVED
    ]
    wrong = []
    known = 0
    for one, found in zip(entries, judged((old, new), entries, pairs=True)):
        verdict = found.rewritten[f"py{new}->py{old}"]
        if verdict.verdict == "unknown":
            continue
        known += 1
        if verdict.is_bad == by_new[one.expression]:
            wrong.append((one.expression, verdict))

    assert not wrong
    assert known > 0.8 * len(entries) > 150


def test_pairs_are_from_later_to_earlier() -> None:
    """Each rollback once: from every later target to every earlier one."""
    readers = [open_target(f"python{version}") for version in ("3.8", "3.9", "3.10")]
    pairs = [(new.name, old.name) for new, old in Judge(readers, "resolve").pairs]

    names = [reader.name for reader in readers]
    assert sorted(pairs) == sorted((new, old) for old, new in combinations(names, 2))
