"""What to do about entries that a release cannot read."""

from __future__ import annotations

from typing import Optional

from shelflife.fleet.deciding import hindrances
from shelflife.fleet.findings import findings
from shelflife.fleet.sight import floors_in
from shelflife.live.gate.evidence import Evidence
from shelflife.live.gate.terms import Remedy

PIN_FOR = "7d"

_FORMS = frozenset({"foreign", "newer-format", "unknown-codec", "protocol"})
"""Reasons that have to do with the form that is written."""

_TEXTS = {
    "py2-bytes": "Give the reader the option py2_text (docs/pickles.md).",
    "missing-name": "Let the reader still import the old name, or register the class; of a package "
    "whose names moved, lower the floor: shelflife floor URL lower 'python>=3.9, numpy<2'.",
    "rejected-name": "Add the names to the reader's allow list: shelflife audit --allow-list.",
    "schema": "Let both releases have the same fields, or give the new shape keys of its own.",
    "corrupt": "Find out who damages entries: no release does so on its own.",
    "wrong-type": "Some other program uses keys below this prefix.",
    "too-large": "Give both releases the same max_bytes.",
}
_OTHERS = "See what these entries hold, and where they fail: shelflife audit."


def for_unreadable(evidence: Evidence, release: str) -> Remedy:
    """Give what helps against the reason that a release meets most."""
    by_reason: dict[str, int] = {}
    for (reason, _writer, _class), number in evidence.counted(release).by("unreadable").items():
        by_reason[reason] = by_reason.get(reason, 0) + number
    reason = max(by_reason, key=lambda one: (by_reason[one], one), default="")
    return for_forms(evidence) if reason in _FORMS else Remedy(_TEXTS.get(reason, _OTHERS))


def for_forms(evidence: Evidence) -> Remedy:
    """Give what makes everybody write a form that all of them read."""
    stubborn = _stubborn(evidence)
    if stubborn:
        return Remedy(
            f'Release {stubborn} does not follow the fleet: give it floor="fleet", or options of '
            "its own by which it writes what the others read, and deploy it again."
        )
    conflict = _conflict(evidence)
    if conflict is not None:
        return conflict
    target = evidence.target
    if target is not None and not evidence.is_target_a_reader:
        return pin(target)
    return Remedy(
        "By now, all write what everybody reads. Wait until older entries have expired; until then "
        "they are misses, and written anew."
    )


def pin(release: str) -> Remedy:
    """Give the step after which everybody writes what a release reads, and goes on to."""
    return Remedy(
        f"Pin release {release}: what is written is then what it reads, whoever raises the floor.",
        ("floor", "pin", release, "--until", PIN_FOR, "--execute"),
        ("floor", "unpin", release, "--execute"),
    )


def _conflict(evidence: Evidence) -> Optional[Remedy]:
    """Give what helps where nothing that may be written is read by all; None if something is."""
    found = [finding for finding in findings(evidence.sight) if finding.kind == "conflict"]
    if not found:
        return None
    words, commit = found[0].words, evidence.sight.registry.commit
    if not words:
        return Remedy("Deploy a release in between that reads the old form and the new one.")
    low = commit.floor if commit else evidence.sight.decision().floor
    return Remedy(
        "Raise the floor to what all of them read.",
        ("floor", *words, "--execute"),
        ("floor", "lower", str(low), "--execute"),
    )


def _stubborn(evidence: Evidence) -> str:
    """Name a release that writes, by options of its own, what somebody does not read."""
    reaches = [reader.reach for reader in evidence.sight.readers]
    if evidence.target_reach is not None:
        reaches.append(evidence.target_reach)
    for member in evidence.sight.alive.values():
        if not member.minimum:
            floors = floors_in(member.writes)
            if any(hindrances(floor, reach) for floor in floors for reach in reaches):
                return member.release
    return ""
