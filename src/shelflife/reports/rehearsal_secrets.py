"""A rehearsal's document without what the texts of services may give away.

The rehearsal leaves secrets out already; the reports do not rely on that. Names of key classes and
the reports' own sentences stay as they are.
"""

from __future__ import annotations

from typing import Any, Optional

from shelflife.rehearse.redaction import HIDDEN, redact_headers, redact_target, redact_text

Document = dict[str, Any]

_SIDES = ("expected", "got")


def without_secrets(document: Document) -> Document:
    """Give a copy with requests, answers, exceptions, logs and commands redacted."""
    releases = {
        name: {**release, "command": redact_text(release["command"])}
        for name, release in document["releases"].items()
    }
    phases = [
        {**phase, "exceptions": [_raised(one) for one in phase["exceptions"]]}
        for phase in document["phases"]
    ]
    findings = [_finding(one) for one in document["findings"]]
    return {**document, "releases": releases, "phases": phases, "findings": findings}


def _raised(one: Document) -> Document:
    return {**one, "text": redact_text(one["text"])}


def _finding(finding: Document) -> Document:
    return {
        **finding,
        "exceptions": [redact_text(text) for text in finding["exceptions"]],
        "examples": [_example(one) for one in finding["examples"]],
    }


def _example(example: Document) -> Document:
    request = example["request"]
    return {
        **example,
        "request": {**request, "target": redact_target(request["target"])},
        "expected": _answer(example["expected"]),
        "got": _answer(example["got"]),
        "differences": [_difference(one) for one in example["differences"]],
        "log": [redact_text(line) for line in example["log"]],
    }


def _answer(answer: Optional[Document]) -> Optional[Document]:
    if answer is None:
        return None
    pairs = [(name, value) for name, value in answer["headers"]]
    headers = [list(pair) for pair in redact_headers(pairs)]
    return {**answer, "headers": headers, "body": redact_text(answer["body"])}


def _difference(one: Document) -> Document:
    """A header's value is redacted by its name, another by its looks."""
    kind, _, name = one["path"].partition(" ")
    if kind == "header":
        return {**one, **{side: redact_headers([(name, one[side])])[0][1] for side in _SIDES}}
    last = name.rpartition(".")[2]
    return {**one, **{side: _of_a_field(last, one[side]) for side in _SIDES}}


def _of_a_field(name: str, value: str) -> str:
    """Redact the value of a field, whose name may say that it is secret."""
    named = f"{name}="
    shown = redact_text(f"{named}{value}")
    return shown[len(named) :] if shown.startswith(named) else HIDDEN
