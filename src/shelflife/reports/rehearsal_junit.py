"""The report of a rehearsal as JUnit XML: a case for the verdict, each phase, finding and gap.

The cases of phases and findings are there whether they pass or not, so that a pipeline can compare
runs. Unsafe is a failure; what is inconclusive is an error, and never green.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from shelflife.reports.document import put
from shelflife.reports.figures import several
from shelflife.reports.junit import Case, suite
from shelflife.reports.rehearsal_secrets import without_secrets
from shelflife.reports.rehearsal_words import (
    KINDS,
    Document,
    entry_line,
    request_line,
    where,
    worst_first,
)

_RESULTS = {"safe": "PASS", "unsafe": "FAIL"}
_BOTH_WAYS = ("error", "answer", "unused")
_MOST_FINDINGS = 20
_MOST_GAPS = 200
_CLASS = "shelflife.rehearsal"


def write(document: Document, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    put(junit(document), path)


def junit(document: Document) -> str:
    """Give the XML."""
    document = without_secrets(document)
    cases = [_verdict(document), *_phases(document), *_findings(document), *_gaps(document)]
    name = f"shelflife rehearse {document['plan']}"
    return suite(name, cases, _begun(document["started_at"]), document["seconds"])


def _begun(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, timezone.utc)


def _verdict(document: Document) -> Case:
    lines = [f"{way}: {found['sentence']}" for way, found in document["directions"].items()]
    lines += [f"partial: {document['partial']}"] if document["partial"] is not None else []
    lines += [f"next: {document['next']}"] if document["next"] else []
    result = _RESULTS.get(document["verdict"], "INCONCLUSIVE")
    return Case(_CLASS, "verdict", result, document["sentence"], lines)


def _phases(document: Document) -> Iterator[Case]:
    counting = [one for one in document["findings"] if not one["accepted"]]
    for phase in document["phases"]:
        bad = sum(one["phases"].get(phase["name"], 0) for one in counting)
        asked = several(phase["requests"], "request")
        told = f"{bad:,} of {asked} speak against the deploy" if bad else f"{asked}, no finding"
        raised = [
            f"{one['release']}: {one['text']}" for one in phase["exceptions"][:_MOST_FINDINGS]
        ]
        result = "FAIL" if bad else "PASS"
        yield Case(f"{_CLASS}.phase", phase["name"], result, told, raised, phase["seconds"])


def _findings(document: Document) -> Iterator[Case]:
    """Give a case for each kind and direction, those that are found and those that could be."""
    ways: dict[tuple[str, str], list[Document]] = {}
    ways.update({(kind, way): [] for kind in _BOTH_WAYS for way in ("upgrade", "rollback")})
    ways.update({(kind, ""): [] for kind in KINDS if kind not in _BOTH_WAYS})
    for one in worst_first(document["findings"]):
        ways.setdefault((one["kind"], one["direction"]), []).append(one)
    for (kind, way), found in ways.items():
        yield _kind(f"{kind} {way}".strip(), found)


def _kind(name: str, found: list[Document]) -> Case:
    counting = [one for one in found if not one["accepted"]]
    if not counting:
        told = f"{several(len(found), 'finding')}, accepted by the plan" if found else "none"
        return Case(f"{_CLASS}.findings", name, "PASS", told)
    lines = [line for one in counting[:_MOST_FINDINGS] for line in _lines(one)]
    more = len(counting) - _MOST_FINDINGS
    lines += [several(more, "more finding")] if more > 0 else []
    return Case(f"{_CLASS}.findings", name, "FAIL", counting[0]["sentence"], lines)


def _lines(finding: Document) -> Iterator[str]:
    yield f"{where(finding)}: {finding['endpoint']}: {finding['sentence']}"
    yield from finding["exceptions"][:3]
    for example in finding["examples"][:1]:
        yield f"  {request_line(example)}"
        for one in example["differences"][:3]:
            yield f"  {one['path']}: {one['got']} instead of {one['expected']}"
        for entry in example["entries"][:3]:
            yield f"  {entry_line(entry)}"
    if finding["remedy"]:
        yield f"to do: {finding['remedy']}"


def _gaps(document: Document) -> Iterator[Case]:
    classname = f"{_CLASS}.adequacy"
    gaps = document["adequacy"]["gaps"]
    if not gaps and document["adequacy"]["enough"]:
        yield Case(classname, "enough", "PASS", "enough was seen")
    for gap in gaps[:_MOST_GAPS]:
        parts = (gap["kind"], gap["key_class"], gap["direction"])
        name = " ".join(part for part in parts if part)
        lines = [f"to do: {gap['remedy']}"] if gap["remedy"] else []
        yield Case(classname, name, "INCONCLUSIVE", gap["sentence"], lines)
    if gaps[_MOST_GAPS:]:
        told = several(len(gaps) - _MOST_GAPS, "more gap")
        yield Case(classname, "more gaps", "INCONCLUSIVE", told)
