"""Stages 3 and 4: entries are loaded in disposable children, written again, and compared.

The reference for `changed` is the writer: the first runtime that writes the very bytes again, else
the first one, in the order of the targets, that loads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Optional

from shelflife.dialects.recognition import Recognised
from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import Facts, facts
from shelflife.pickles.reader import Job, Reader, Trial
from shelflife.verdicts.canonical import difference
from shelflife.verdicts.verdict import Verdict

_NOT_FOUND = ("has no attribute", "No module named", "an't get attribute", "cannot import name")
_BY_ERROR = {
    "UnicodeDecodeError": Reason.PY2_BYTES,
    "ModuleNotFoundError": Reason.MISSING_NAME,
    "ImportError": Reason.MISSING_NAME,
    "MemoryError": Reason.OVER_BUDGET,
    "RecursionError": Reason.OVER_BUDGET,
}


def attempt(reader: Reader, jobs: Mapping[int, Job]) -> dict[int, Trial]:
    """Try several numbered jobs on one runtime."""
    if not jobs:
        return {}
    return dict(zip(jobs, reader.attempt(list(jobs.values()))))


def judge_by_trial(
    found: Recognised, readers: Sequence[Reader], trials: Mapping[str, Trial]
) -> dict[str, Verdict]:
    """Give the verdicts of the runtimes that tried an entry."""
    reference = find_reference(found, readers, trials)
    verdicts = {}
    for name, trial in trials.items():
        verdict = verdict_of(trial, found)
        if reference is not None and name != reference and trial.status == "loaded":
            verdict = compared(trials[reference], trial, reference)
        verdicts[name] = verdict
    return verdicts


def find_reference(
    found: Recognised, readers: Sequence[Reader], trials: Mapping[str, Trial]
) -> Optional[str]:
    """Name the runtime whose value counts as the one that was written; None if none loads it."""
    loaded = [
        reader.name
        for reader in readers
        if reader.name in trials and trials[reader.name].status == "loaded"
    ]
    exact = [name for name in loaded if trials[name].rewritten == found.payload]
    return next(iter(exact or loaded), None)


def compared(reference: Trial, trial: Trial, whose: str) -> Verdict:
    """Compare two loads of one value."""
    differs = difference(reference.tree, trial.tree)
    if differs is None:
        return Verdict("reads", "", "trial")
    return Verdict("changed", "", "compare", f"{differs} (beside {whose})")


def verdict_of(trial: Trial, found: Recognised) -> Verdict:
    """Give the verdict of one load, compared with nothing yet."""
    if trial.status == "loaded":
        return Verdict("reads", "", "trial")
    if trial.status != "raised":
        return Verdict("unknown", "", "trial", trial.detail or f"the trial {trial.status}")
    return Verdict("fails", _reason(trial, found).value, "trial", trial.detail or trial.error)


def judge_rewritten(found: Recognised, new: Trial, old: Trial) -> Verdict:
    """Judge what the new runtime wrote by what became of it on the old one."""
    verdict = verdict_of(old, found)
    if old.status != "loaded":
        return verdict
    differs = difference(new.tree, old.tree)
    if differs is None:
        return verdict
    return Verdict("changed", "", "compare", f"{differs} (after it was written again)")


def facts_or_none(payload: bytes) -> Optional[Facts]:
    """Walk what a runtime gave us, which may be anything."""
    try:
        return facts(payload)
    except Unreadable:
        return None


def _reason(trial: Trial, found: Recognised) -> Reason:
    name = trial.error.rpartition(".")[2]
    known = found.facts
    if name == "UnicodeDecodeError" and not (known is not None and known.eight_bit):
        return Reason.LOAD_ERROR
    if name in _BY_ERROR:
        return _BY_ERROR[name]
    if name == "AttributeError" and any(words in trial.detail for words in _NOT_FOUND):
        return Reason.MISSING_NAME
    if "unsupported pickle protocol" in trial.detail:
        return Reason.PROTOCOL
    return Reason.LOAD_ERROR
