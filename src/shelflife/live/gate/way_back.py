"""The check of the way back: whether the release that a rollback leads to reads what is written."""

from __future__ import annotations

from typing import Optional

from shelflife.fleet.deciding import hindrances
from shelflife.fleet.findings import findings
from shelflife.fleet.sight import floors_in
from shelflife.live.gate.evidence import PROMOTE, Evidence
from shelflife.live.gate.remedies import for_forms, pin
from shelflife.live.gate.terms import NOTHING_TO_DO, Check, Remedy, Result, listed

SETTLES = 3600.0
"""Seconds for which entries of before a floor was lowered are expected to live on."""

_NAME = "way-back"


def way_back(evidence: Evidence) -> Check:
    """Check that all readers, and the release to go back to, read what is written."""
    target, reach = evidence.target, evidence.target_reach
    wrong = [
        f.text for f in findings(evidence.sight) if f.kind in {"unreadable-writes", "conflict"}
    ]
    written = {floor for m in evidence.sight.alive.values() for floor in floors_in(m.writes)}
    if reach is not None and not evidence.is_target_a_reader:
        wrong += [
            f"release {target} would not read what is written for {floor}: {'; '.join(why)}"
            for floor in sorted(written, key=str)
            if (why := hindrances(floor, reach))
        ]
    if wrong:
        return Check(
            _NAME,
            Result.FAIL,
            "what is written now, not every release reads that may be there tomorrow",
            listed(list(dict.fromkeys(wrong))),
            for_forms(evidence),
        )
    if target is None or reach is None:
        return Check(
            _NAME,
            Result.INCONCLUSIVE,
            "no release is known to go back to",
            remedy=Remedy("Name it with --to, or pin it: shelflife floor URL pin RELEASE."),
        )
    if not written:
        return Check(
            _NAME, Result.INCONCLUSIVE, "no process is alive, so what is written is not known"
        )
    return _lowered_lately(evidence) or _passed(evidence, target)


def _lowered_lately(evidence: Evidence) -> Optional[Check]:
    """Give the check if entries of before the floor was lowered may still be there."""
    commit, reach = evidence.sight.registry.commit, evidence.target_reach
    if commit is None or commit.previous is None or commit.at is None or reach is None:
        return None
    why = hindrances(commit.previous, reach)
    if not why or evidence.sight.now - commit.at >= SETTLES:
        return None
    minutes = (evidence.sight.now - commit.at) / 60
    return Check(
        _NAME,
        Result.INCONCLUSIVE,
        f"the floor was lowered {minutes:.0f} minutes ago; entries written for {commit.previous} "
        f"before may still be there, and release {evidence.target} does not read them",
        listed(why),
        Remedy(
            "Wait until they have expired, or see what is left and convert it: shelflife audit, "
            "shelflife convert. Without that, they are misses and are written anew."
        ),
    )


def _passed(evidence: Evidence, target: str) -> Check:
    registry = evidence.sight.registry
    pinned = registry.pins.get(target)
    kept = target in registry.declared or (pinned and pinned.until > evidence.sight.now)
    remedy = pin(target) if evidence.step == PROMOTE and not kept else NOTHING_TO_DO
    floor = evidence.sight.decision().floor
    return Check(_NAME, Result.PASS, f"release {target} reads what is written: {floor}", (), remedy)
