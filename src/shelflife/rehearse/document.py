"""The document of a rehearsal: everything that a report shows, as plain JSON types.

A field that is added leaves the version alone; one that goes or changes its meaning raises it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

from shelflife.rehearse.adequacy import DIRECTIONS, Adequacy, assess
from shelflife.rehearse.course import PhaseCourse
from shelflife.rehearse.entries.tally import (
    FEATURES,
    OUTCOMES,
    ROLLBACK,
    UPGRADE,
    Crossing,
    CrossingTally,
    direction_of,
)
from shelflife.rehearse.finding_document import finding_document
from shelflife.rehearse.findings import Finding
from shelflife.rehearse.outcome import Outcome

SCHEMA = "shelflife-rehearsal"
VERSION = 1
SAFE, UNSAFE, INCONCLUSIVE = "safe", "unsafe", "inconclusive"
EXITS = {SAFE: 0, UNSAFE: 1, INCONCLUSIVE: 3}


def rehearsal_document(outcome: Outcome, again: str) -> dict[str, Any]:
    """Give the document.

    Args:
        outcome: What was found out.
        again: The command that was run.
    """
    adequacy = assess(outcome)
    findings = outcome.findings.in_order()
    verdict = _verdict(outcome, findings, adequacy)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "shelflife": outcome.settings.version,
        "plan": outcome.plan.file.name,
        "seed": outcome.seed,
        "started_at": datetime.fromtimestamp(outcome.started, timezone.utc).isoformat(
            " ", "seconds"
        ),
        "seconds": round(outcome.seconds, 2),
        "partial": outcome.partial or None,
        "verdict": verdict,
        "exit_code": EXITS[verdict],
        "sentence": _sentence(verdict, findings, adequacy, outcome),
        "directions": {name: _direction(name, outcome, findings, adequacy) for name in DIRECTIONS},
        "cache": {
            "server": outcome.server,
            "private": outcome.private,
            "seeded": outcome.seeded,
            "seed_entries": _name(outcome.settings.seed_entries or outcome.plan.cache.seed_entries),
        },
        "releases": {
            name: {"command": one.shown, "python": one.python, "starts": one.starts}
            for name, one in outcome.releases.items()
        },
        "log": _log(outcome),
        "noise": [rule._asdict() for rule in outcome.noise],
        "phases": [_phase(course, outcome) for course in outcome.courses.done],
        "matrix": _matrix(outcome),
        "adequacy": _adequacy(outcome, adequacy),
        "production": _production(adequacy),
        "findings": [
            finding_document(number, finding, outcome) for number, finding in enumerate(findings, 1)
        ],
        "effect": _effect(outcome),
        "next": again,
    }


def _verdict(outcome: Outcome, findings: Sequence[Finding], adequacy: Adequacy) -> str:
    if any(not finding.subject.accepted for finding in findings):
        return UNSAFE
    return INCONCLUSIVE if adequacy.gaps or outcome.partial else SAFE


def _sentence(
    verdict: str, findings: Sequence[Finding], adequacy: Adequacy, outcome: Outcome
) -> str:
    if verdict == UNSAFE:
        count = sum(not finding.subject.accepted for finding in findings)
        return (
            f"{'1 finding speaks' if count == 1 else f'{count} findings speak'} against the deploy."
        )
    if outcome.partial:
        return f"It did not come to its end: {outcome.partial}."
    if verdict == INCONCLUSIVE:
        missing = adequacy.gaps[0].sentence
        return f"Nothing speaks against the deploy, but too little was seen: {missing}."
    return "Both releases read what the other writes, and enough was seen to say so."


def _direction(
    name: str, outcome: Outcome, findings: Sequence[Finding], adequacy: Adequacy
) -> dict[str, Any]:
    bad = [f for f in findings if not f.subject.accepted and f.subject.direction in {name, ""}]
    gaps = [gap for gap in adequacy.gaps if gap.direction in {name, ""}]
    count = sum(tally.crossed[name] for tally in outcome.tally.kinds.values())
    entries = sum(
        len(tally.entries)
        for crossing, tally in outcome.tally.crossings.items()
        if direction_of(crossing.reader, crossing.writer) == name
    )
    reader, writer = ("new", "old") if name == UPGRADE else ("old", "new")
    read = f"{reader} read {entries:,} entries that {writer} had written"
    if bad:
        verdict, sentence = UNSAFE, f"{read}; {_told(bad)}"
    elif gaps or outcome.partial:
        why = gaps[0].sentence if gaps else outcome.partial
        verdict, sentence = INCONCLUSIVE, f"{read}, but {why}" if entries else why
    else:
        verdict, sentence = SAFE, f"{read}, {count:,} times, and answered as by itself"
    return {"verdict": verdict, "crossed": entries, "sentence": f"{sentence}."}


def _told(bad: Sequence[Finding]) -> str:
    counts: Counter[str] = Counter()
    for finding in bad:
        counts[finding.subject.kind] += finding.count
    words = {
        "error": "errors",
        "answer": "answers that differ",
        "release": "answers of new that differ by themselves",
        "unused": "entries of no use",
        "keys": "requests with other keys",
        "expiry": "key classes with other lives",
    }
    return ", ".join(f"{count:,} {words[kind]}" for kind, count in counts.items())


def _log(outcome: Outcome) -> dict[str, Any]:
    reading, requests = outcome.reading, outcome.requests
    injected = Counter(request.origin for request in requests if request.origin != "log")
    return {
        "file": outcome.plan.log.file.name,
        "format": outcome.plan.log.format,
        "lines": reading.lines,
        "requests": len(requests),
        "distinct": len(outcome.distinct),
        "non_ascii": sum(not request.is_ascii for request in requests),
        "unparsable": reading.unparsable,
        "unparsable_examples": [{"line": line, "why": why} for line, why in reading.examples],
        "dropped": dict(reading.dropped),
        "left_out": reading.left_out,
        "injected": dict(injected),
    }


def _phase(course: PhaseCourse, outcome: Outcome) -> dict[str, Any]:
    return {
        "name": course.name,
        "releases": list(course.releases),
        "requests": course.requests,
        "seconds": round(course.seconds, 2),
        "statuses": {
            name: {str(status): count for status, count in sorted(counts.items()) if status}
            for name, counts in course.statuses.items()
        },
        "no_answer": {name: counts[0] for name, counts in course.statuses.items()},
        "findings": outcome.findings.of_phase(course.name),
        "exceptions": [
            {"release": release, "text": text, "count": count}
            for (release, text), count in course.exceptions.most_common(50)
        ],
        "cache": {
            name: {what: counts[what] for what in ("reads", "hits", "writes", "deletes")}
            for name, counts in course.cache.items()
        },
        "timeline": [
            {"release": name, **counts}
            for name in course.releases
            for counts in course.slices(name)
        ],
    }


def _matrix(outcome: Outcome) -> list[dict[str, Any]]:
    """Give who read whose entries, and what came of it: seen, and as the engine judges it.

    They differ where a release does not read with its dialect's own reader: that is the point of
    shelflife. `verdicts` are about the dialect's own reader, `outcomes` are what was seen.
    """
    cells: dict[tuple[str, str, str], dict[str, Any]] = {}
    for crossing, tally in sorted(outcome.tally.crossings.items(), key=_place):
        key_class, writer, reader = crossing.kind.key_class, crossing.writer, crossing.reader
        cell = cells.setdefault((key_class, writer, reader), _empty_cell(key_class, writer, reader))
        cell["reads"] += tally.reads
        cell["entries"] += len(tally.entries)
        cell["unused"] += tally.unused
        cell["used"] += tally.reads - tally.unused
        for seen in tally.entries.values():
            cell["outcomes"][seen] += 1
        judged = outcome.judgement.of_kind(crossing.kind, crossing.reader)
        cell["verdicts"][judged.verdict] += len(tally.entries)
        if judged.reason:
            known = cell["reasons"].get(judged.reason, 0)
            cell["reasons"][judged.reason] = known + len(tally.entries)
    return list(cells.values())


def _place(item: tuple[Crossing, CrossingTally]) -> tuple[str, str, str]:
    crossing = item[0]
    return crossing.kind.key_class, crossing.writer, crossing.reader


def _empty_cell(key_class: str, writer: str, reader: str) -> dict[str, Any]:
    return {
        "key_class": key_class,
        "writer": writer,
        "reader": reader,
        **dict.fromkeys(("reads", "entries", "used", "unused"), 0),
        "verdicts": dict.fromkeys(("reads", "changed", "fails", "unknown"), 0),
        "outcomes": dict.fromkeys(OUTCOMES, 0),
        "reasons": {},
    }


def _adequacy(outcome: Outcome, adequacy: Adequacy) -> dict[str, Any]:
    return {
        "enough": not adequacy.gaps,
        "gaps": [gap._asdict() for gap in adequacy.gaps],
        "classes": _classes(outcome),
        "opaque": dict(outcome.book.opaque),
        "expired": outcome.expired,
    }


def _classes(outcome: Outcome) -> list[dict[str, Any]]:
    found = sorted(outcome.tally.kinds.items(), key=lambda item: (item[0].key_class, item[0][1:3]))
    return [
        {
            "key_class": kind.key_class,
            "signature": kind.signature,
            "wrote": _by_release(tally.wrote),
            "read": _by_release(tally.read),
            "crossed": {UPGRADE: tally.crossed[UPGRADE], ROLLBACK: tally.crossed[ROLLBACK]},
            "features": {
                name: sum(tally.features[direction][name] for direction in DIRECTIONS)
                for name in FEATURES
            },
            "types": dict(tally.types.most_common(30)),
        }
        for kind, tally in found
    ]


def _by_release(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {"old": {}, "new": {}}
    for (release, phase), count in counts.items():
        found[release][phase] = count
    return found


def _production(adequacy: Adequacy) -> Any:
    found = adequacy.production
    if found is None:
        return None
    return {
        "file": found.file,
        "covered": sum(group.covered for group in found.groups),
        "of": len(found.groups),
        "groups": [asdict(group) for group in found.groups],
    }


def _effect(outcome: Outcome) -> str:
    starts = sum(release.starts for release in outcome.releases.values())
    return (
        f"{starts} processes of the two releases were started, and have ended; nothing was sent "
        "anywhere but to them, on 127.0.0.1."
    )


def _name(path: Optional[Path]) -> Optional[str]:
    return path.name if path is not None else None
