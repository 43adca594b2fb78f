"""The document of a change: everything that a report shows, as plain JSON types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

from shelflife.live.repair.summary import OUTCOMES, Summary

SCHEMA = "shelflife-repair"
VERSION = 1


class Account(NamedTuple):
    """What the document says besides the summary.

    Attributes:
        shelflife: Its version.
        action: "convert", "purge" or "undo".
        done: What an entry is afterwards: "converted", "removed" or "restored".
        executed: Whether anything was changed, or only planned.
        source: The cache, without its password.
        server: What it says it is.
        plan: The options that decide what is done.
        started_at: ISO 8601, UTC.
        seconds: How long it took.
        journal: The journal's file; None if there is none.
        journal_size: Its bytes; for a plan, about how many it would have.
        verify: The verify pass; None if there was none.
        paused: Seconds of pauses, by reason.
        stopped: Why it did not come to the end; "" if it did.
        again: The command that goes on from here.
    """

    shelflife: str
    action: str
    done: str
    executed: bool
    source: str
    server: str
    plan: Mapping[str, Any]
    started_at: str
    seconds: float
    journal: Optional[str]
    journal_size: int
    verify: Optional[Mapping[str, Any]]
    paused: Mapping[str, float]
    stopped: str
    again: str


def make_document(summary: Summary, account: Account) -> dict[str, Any]:
    """Give the document."""
    counts = _counts({name: summary.total(name) for name in OUTCOMES}, account.done)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "shelflife": account.shelflife,
        "action": account.action,
        "executed": account.executed,
        "source": {"shown": account.source, "server": account.server},
        "plan": dict(account.plan),
        "started_at": account.started_at,
        "seconds": round(account.seconds, 3),
        "seen": {
            "keys": summary.keys,
            "nothing_to_do": summary.nothing_to_do,
            "state": summary.state,
            "gone": summary.gone,
        },
        "done": account.done,
        "counts": counts,
        "bytes": summary.bytes,
        "groups": [
            {**row._asdict(), **_counts(found, account.done)}
            for row, found in sorted(summary.rows.items(), key=lambda one: -sum(one[1].values()))
        ],
        "refusals": [
            {"reason": reason, "detail": detail, "count": count}
            for (reason, detail), count in sorted(summary.refusals.items(), key=lambda one: -one[1])
        ],
        "journal": {"file": account.journal, "bytes": account.journal_size},
        "verify": account.verify,
        "paused": {name: round(seconds, 3) for name, seconds in account.paused.items()},
        "stopped": account.stopped or None,
        "exit_code": _exit_code(counts, account),
        "next": account.again,
    }


def _counts(found: Mapping[str, int], done: str) -> dict[str, int]:
    counts = {done if name == "done" else name: found.get(name, 0) for name in OUTCOMES}
    return {"selected": sum(counts.values()), **counts}


def _exit_code(counts: Mapping[str, int], account: Account) -> int:
    """Give 0 if all was done, 1 if something was refused or is still broken, 2 if it failed."""
    if account.stopped or counts["failed"]:
        return 2
    targets: Mapping[str, Mapping[str, int]] = (account.verify or {}).get("targets", {})
    still_bad = any(found.get("fails") or found.get("changed") for found in targets.values())
    return 1 if counts["refused"] or still_bad else 0
