"""Reports as JUnit XML, for the test pages of pipelines.

What is inconclusive is an error there: a page that shows it as skipped would be green.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shelflife.reports import document as documents
from shelflife.reports.showable import showable

Document = dict[str, Any]

_TAGS = {"FAIL": "failure", "INCONCLUSIVE": "error", "SKIPPED": "skipped"}
_LONGEST = 1_000


class Case(NamedTuple):
    """One line of the page.

    Attributes:
        classname: What it belongs to: "shelflife.gate.promote".
        name: Its own name there.
        result: "FAIL", "INCONCLUSIVE" and "SKIPPED" are shown as such; all else has passed.
        sentence: What came of it.
        lines: More to know and to do, unless it has passed or was skipped.
        seconds: How long it took.
    """

    classname: str
    name: str
    result: str
    sentence: str
    lines: Sequence[str] = ()
    seconds: float = 0.0


def write(document: Document, path: Path) -> None:
    """Write the report of a gate, whole or not at all.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    documents.put(junit(document), path)


def junit(document: Document) -> str:
    """Give the XML of a gate's report."""
    window = document["window"]
    name = f"shelflife gate {document['fleet']} before {document['before']}"
    begun = datetime.fromtimestamp(window["from"], timezone.utc)
    cases = [_case(check, document) for check in document["checks"]]
    return suite(name, cases, begun, window["to"] - window["from"])


def suite(name: str, cases: Sequence[Case], begun: datetime, seconds: float) -> str:
    """Give the XML of a suite."""
    totals = {"tests": str(len(cases)), "time": f"{seconds:.3f}"}
    for result, total in (("FAIL", "failures"), ("INCONCLUSIVE", "errors"), ("SKIPPED", "skipped")):
        totals[total] = str(sum(case.result == result for case in cases))
    root = Element("testsuites", {"name": _text(name), **_without_skipped(totals)})
    stamp = begun.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    part = SubElement(root, "testsuite", {"name": _text(name), **totals, "timestamp": stamp})
    for case in cases:
        _add(part, case)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(check: Document, document: Document) -> Case:
    lines = [*check["details"], check["do"]]
    lines += [f"do: {check['command']}"] if check["command"] else []
    lines += [f"to take it back: {check['undo']}"] if check["undo"] else []
    classname = f"shelflife.gate.{document['before']}"
    return Case(classname, check["name"], check["result"], check["sentence"], lines)


def _add(part: Element, case: Case) -> None:
    named = {"classname": _text(case.classname), "name": _text(case.name)}
    element = SubElement(part, "testcase", {**named, "time": f"{case.seconds:g}"})
    tag = _TAGS.get(case.result)
    if tag is None:
        SubElement(element, "system-out").text = _text(case.sentence)
        return
    found = SubElement(element, tag, {"message": _text(case.sentence)})
    if tag != "skipped":
        found.set("type", case.result)
        found.text = _paragraph((case.sentence, *case.lines))


def _paragraph(lines: Iterable[str]) -> str:
    return "\n".join(_text(line) for line in lines if line)


def _without_skipped(totals: dict[str, str]) -> dict[str, str]:
    """The outermost element has no such total in the common schema."""
    return {name: value for name, value in totals.items() if name != "skipped"}


def _text(text: str) -> str:
    """Give text without what XML cannot carry."""
    return showable(text, _LONGEST)
