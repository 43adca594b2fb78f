"""What came of a gate, as a document for machines and for the reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shelflife.live.gate.checking import EXIT_CODES
from shelflife.live.gate.evidence import PROMOTE, Evidence
from shelflife.live.gate.gate import Answer
from shelflife.live.gate.terms import Check, Result

Document = dict[str, Any]
ToCommand = Callable[[tuple[str, ...]], str]

SCHEMA = "shelflife-gate"
VERSION = 1
_MOST_OTHERS = 20


def gate_document(answer: Answer, address: str, to_command: ToCommand, again: str) -> Document:
    """Give all of it.

    Args:
        answer: What came of it.
        address: Where, without a password.
        to_command: Makes a command of the words of a remedy.
        again: The command that watches for longer.
    """
    evidence = answer.evidence
    document: Document = {
        "schema": SCHEMA,
        "version": VERSION,
        "fleet": evidence.sight.fleet,
        "address": address,
        "before": evidence.step,
        "back_to": evidence.target,
        "floor": str(evidence.sight.decision().floor),
        "window": {
            "watched": answer.watched,
            "from": evidence.started_at,
            "to": evidence.sight.now,
            "share": evidence.share,
        },
        "thresholds": evidence.thresholds.as_facts(),
        "releases": [_release(evidence, name) for name in _releases(evidence)],
        "checks": [_check(check, to_command) for check in answer.checks],
        "result": str(answer.result),
        "exit_code": EXIT_CODES[answer.result],
    }
    document["next"] = _next(document, to_command, again)
    return document


def _releases(evidence: Evidence) -> list[str]:
    """Give those that live, and of the others those that read most."""
    others = evidence.window.releases - set(evidence.live)
    most = sorted(others, key=lambda name: (-evidence.counted(name).reads, name))
    return sorted([*evidence.live, *most[:_MOST_OTHERS]])


def _release(evidence: Evidence, name: str) -> Document:
    counts = evidence.counted(name)
    return {
        "release": name,
        "processes": len(evidence.members_of(name)),
        "reads": counts.reads,
        "hits": counts.total("hits"),
        "hit_ratio": round(counts.hit_ratio, 6),
        "hit_ratio_before": round(evidence.before.of(name).hit_ratio, 6)
        if name in evidence.before.releases
        else None,
        "misses": {reason: n for (reason,), n in sorted(counts.by("misses").items())},
        "unreadable": [
            {"reason": reason, "writer": writer, "key_class": key_class, "count": number}
            for (reason, writer, key_class), number in sorted(
                counts.by("unreadable").items(), key=lambda cause: (-cause[1], cause[0])
            )[:100]
        ],
        "stored": counts.total("stored"),
        "not_stored": {reason: n for (reason,), n in sorted(counts.by("not-stored").items())},
        "ping_pong": counts.total("ping-pong"),
        "lost_invalidations": counts.total("lost-invalidations"),
        "sampled": {writer: n for (writer,), n in sorted(counts.by("sampled").items())},
    }


def _check(check: Check, to_command: ToCommand) -> Document:
    return {
        "name": check.name,
        "result": str(check.result),
        "sentence": check.sentence,
        "details": list(check.details),
        "do": check.remedy.text,
        "command": to_command(check.remedy.words) if check.remedy.words else None,
        "undo": to_command(check.remedy.back) if check.remedy.back else None,
    }


def _next(document: Document, to_command: ToCommand, again: str) -> str:
    """Give the command that helps with the worst check, or the step that comes next."""
    for result in (Result.FAIL, Result.INCONCLUSIVE):
        for check in document["checks"]:
            if check["result"] == result and check["command"]:
                return str(check["command"])
    if document["result"] == Result.INCONCLUSIVE:
        return again
    commands = [check["command"] for check in document["checks"] if check["command"]]
    if document["result"] == Result.PASS and document["before"] == PROMOTE and commands:
        return str(commands[0])
    return to_command(("floor", "status"))
