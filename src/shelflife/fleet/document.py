"""What was seen of a fleet, and what was changed, as a document for machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from shelflife.fleet.changes import Change
from shelflife.fleet.deciding import Decision
from shelflife.fleet.findings import findings
from shelflife.fleet.records import Member
from shelflife.fleet.sight import Sight

Document = dict[str, Any]
ToCommand = Callable[[tuple[str, ...]], str]

FORMAT = 1


def status_document(sight: Sight, address: str, to_command: ToCommand) -> Document:
    """Give what `shelflife floor URL status` shows.

    Args:
        sight: What was seen.
        address: Where, without a password.
        to_command: Makes a command of the words of a finding.
    """
    registry, decision, found = sight.registry, sight.decision(), findings(sight)
    commit = registry.commit
    return {
        "format": FORMAT,
        "fleet": sight.fleet,
        "address": address,
        "server_time": registry.now,
        "floor": str(decision.floor),
        "why": why_of(decision),
        "base": decision.base,
        "minimums": [str(minimum) for minimum in sight.minimums],
        "committed": commit
        and {
            "floor": str(commit.floor),
            "previous": commit.previous and str(commit.previous),
            "by": commit.by,
            "at": commit.at,
            "readers": list(commit.readers),
        },
        "hold": registry.hold and vars(registry.hold),
        "releases": _releases(sight),
        "gone": len(registry.members) - len(sight.alive),
        "pins": [
            {
                "release": name,
                "reads": str(pin.reach),
                "until": pin.until,
                "by": pin.by,
                "expired": pin.until <= sight.now,
            }
            for name, pin in sorted(registry.pins.items())
        ],
        "declared": [
            {"release": name, "reads": str(reader.reach), "by": reader.by, "at": reader.at}
            for name, reader in sorted(registry.declared.items())
        ],
        "findings": [
            {
                "kind": finding.kind,
                "text": finding.text,
                "command": to_command(finding.words) if finding.words else None,
            }
            for finding in found
        ],
        "exit_code": 1 if any(finding.is_wrong for finding in found) else 0,
    }


def change_document(
    sight: Sight, change: Change, address: str, *, executed: bool, followed: Optional[str]
) -> Document:
    """Give what a change comes to.

    Args:
        sight: What was seen before.
        change: The plan.
        address: Where, without a password.
        executed: Whether it was carried out.
        followed: How many write it by now.
    """
    after = Sight(sight.fleet, change.after, sight.alive)
    return {
        "format": FORMAT,
        "fleet": sight.fleet,
        "address": address,
        "action": change.says,
        "executed": executed,
        "followed": followed,
        "floor_before": str(sight.decision().floor),
        "floor_after": str(after.decision().floor),
        "why_after": why_of(after.decision()),
        "readers": [
            {"reader": str(reader), "reads": str(reader.reach)} for reader in after.readers
        ],
        "refusals": list(change.refusals),
        "unclear": change.unclear,
        "exit_code": 1 if change.refusals else 3 if change.unclear else 0,
    }


def why_of(decision: Decision) -> list[str]:
    """Say why the floor is what it is."""
    said = [
        "it was committed"
        if decision.base == "committed"
        else "nothing was committed, or not to be believed: it is the minimum of the processes"
    ]
    said += [f"{reader} keeps it lower: {'; '.join(why)}" for reader, why in decision.limits]
    return said


def _releases(sight: Sight) -> list[Document]:
    by_release: dict[str, list[Member]] = {}
    for member in sight.alive.values():
        by_release.setdefault(member.release, []).append(member)
    return [
        {
            "release": name,
            "processes": len(members),
            "runtimes": sorted({member.runtime for member in members}),
            "reads": sorted({str(member.reach) for member in members}),
            "writes": sorted({member.writes for member in members}),
            "follows": all(member.minimum for member in members),
            "places": sorted(member.place for member in members)[:20],
            "since": min((m.since for m in members if m.since is not None), default=None),
        }
        for name, members in sorted(by_release.items())
    ]
