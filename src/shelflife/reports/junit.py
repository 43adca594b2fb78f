"""The report of a gate as JUnit XML, for the test pages of pipelines.

A check that is inconclusive is an error there: a page that shows it as skipped would be green.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shelflife.reports import document as documents
from shelflife.reports.showable import showable

Document = dict[str, Any]

_TAGS = {"FAIL": "failure", "INCONCLUSIVE": "error", "SKIPPED": "skipped"}
_LONGEST = 1_000


def write(document: Document, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        ConfigurationError: If it cannot be written.
    """
    documents.put(junit(document), path)


def junit(document: Document) -> str:
    """Give the XML."""
    checks, window = document["checks"], document["window"]
    name = f"shelflife gate {document['fleet']} before {document['before']}"
    totals = {"tests": str(len(checks)), "time": f"{window['to'] - window['from']:.3f}"}
    for result, total in (("FAIL", "failures"), ("INCONCLUSIVE", "errors"), ("SKIPPED", "skipped")):
        totals[total] = str(sum(check["result"] == result for check in checks))
    root = Element("testsuites", {"name": _text(name), **_without_skipped(totals)})
    begun = datetime.fromtimestamp(window["from"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    suite = SubElement(root, "testsuite", {"name": _text(name), **totals, "timestamp": begun})
    for check in checks:
        _add(suite, check, document)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add(suite: Element, check: Document, document: Document) -> None:
    classname = f"shelflife.gate.{document['before']}"
    case = SubElement(
        suite, "testcase", {"classname": classname, "name": check["name"], "time": "0"}
    )
    tag = _TAGS.get(check["result"])
    if tag is None:
        SubElement(case, "system-out").text = _text(check["sentence"])
        return
    found = SubElement(case, tag, {"message": _text(check["sentence"])})
    if tag != "skipped":
        found.set("type", check["result"])
        lines = [check["sentence"], *check["details"], check["do"]]
        lines += [f"do: {check['command']}"] if check["command"] else []
        lines += [f"to take it back: {check['undo']}"] if check["undo"] else []
        found.text = "\n".join(_text(line) for line in lines if line)


def _without_skipped(totals: dict[str, str]) -> dict[str, str]:
    """The outermost element has no such total in the common schema."""
    return {name: value for name, value in totals.items() if name != "skipped"}


def _text(text: str) -> str:
    """Give text without what XML cannot carry."""
    return showable(text, _LONGEST)
