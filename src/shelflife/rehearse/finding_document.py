"""A finding as plain JSON types, secrets taken out."""

from __future__ import annotations

from typing import Any, Optional

from shelflife.rehearse.answers import Answer
from shelflife.rehearse.findings import LONGEST_BODY, Entry, Example, Finding
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.redaction import redact_headers, redact_text
from shelflife.rehearse.sentences import remedy_of, sentence_of

_LONGEST_TEXT = 4_000
_MOST_EXCEPTIONS = 5


def finding_document(number: int, finding: Finding, outcome: Outcome) -> dict[str, Any]:
    """Give a finding.

    Args:
        number: Its place among the findings.
        finding: It.
        outcome: Knows verdicts, and whether keys may be shown.
    """
    subject = finding.subject
    return {
        "id": number,
        "kind": subject.kind,
        "direction": subject.direction,
        "release": subject.release,
        "count": finding.count,
        "accepted": subject.accepted,
        "phases": dict(finding.phases),
        "endpoint": _most(finding),
        "endpoints": dict(finding.endpoints.most_common(50)),
        "key_class": subject.key_class,
        "sentence": sentence_of(finding),
        "exceptions": [text for text, _ in finding.exceptions.most_common(_MOST_EXCEPTIONS)],
        "remedy": remedy_of(finding),
        "examples": [_example(example, outcome) for example in finding.examples],
    }


def _most(finding: Finding) -> str:
    return finding.endpoints.most_common(1)[0][0] if finding.endpoints else ""


def _example(example: Example, outcome: Outcome) -> dict[str, Any]:
    seen = example.seen
    return {
        "phase": seen.phase,
        "request": {
            "method": seen.request.method,
            "target": seen.request.shown,
            "line": seen.request.line,
            "origin": seen.request.origin,
        },
        "expected": _answer(example.expected),
        "got": _answer(seen.answer),
        "differences": [difference._asdict() for difference in example.differences],
        "sure": seen.sure,
        "log": list(seen.log),
        "entries": [_entry(entry, outcome) for entry in example.entries],
    }


def _answer(answer: Optional[Answer]) -> Optional[dict[str, Any]]:
    if answer is None:
        return None
    text = answer.body[:LONGEST_BODY].decode("utf-8", "backslashreplace")
    return {
        "status": answer.status,
        "error": answer.error,
        "headers": [list(header) for header in redact_headers(answer.headers)],
        "body": redact_text(text[:_LONGEST_TEXT]),
    }


def _entry(entry: Entry, outcome: Outcome) -> dict[str, Any]:
    sight, kind = entry.sight, entry.kind
    key = sight.place[1].decode("utf-8", "backslashreplace")
    own = sight.did == "wrote"
    return {
        "key": key if outcome.settings.show_keys else kind.key_class,
        "did": sight.did,
        "writer": sight.by if own else sight.writer,
        "phase": sight.phase if own else sight.written_in,
        "size": entry.size,
        "dialect": kind.dialect,
        "codec": kind.codec,
        "protocol": kind.protocol,
        "verdicts": {
            name: outcome.judgement.of_entry(entry, name)._asdict() for name in outcome.releases
        },
    }
