"""What speaks against a deploy: alike ones together, and little of each kept."""

from __future__ import annotations

from shelflife.rehearse.answers import Answer
from shelflife.rehearse.findings import LONGEST_BODY, Example, Findings, Subject
from shelflife.rehearse.requests import Request
from shelflife.rehearse.running import Seen


def example(number: int, body: bytes = b"no", endpoint: str = "articles") -> Example:
    request = Request(number, "GET", f"/{endpoint}/{number}")
    answer = Answer(500, body=body)
    seen = Seen(request, "new", "upgrade", answer, (), sure=True, exceptions=("ValueError: x",))
    return Example(seen, Answer(200, body=body), (), ())


def subject(key_class: str = "api:article:*", mark: str = "ValueError") -> Subject:
    return Subject("error", "upgrade", "new", key_class, mark=mark)


def test_alike_ones_are_one_finding() -> None:
    """Counted by phase and endpoint, with a few examples."""
    findings = Findings([])
    for number in range(10):
        findings.add(subject(), "upgrade", example(number, endpoint=f"e{'ab'[number % 2]}"))
    findings.add(subject(mark="KeyError"), "mixed", example(11))

    first, second = findings.in_order()
    assert (first.count, len(first.examples), len(first.endpoints)) == (10, 3, 2)
    assert (first.exceptions["ValueError: x"], first.statuses[500]) == (10, 10)
    assert (second.count, findings.of_phase("mixed")) == (1, 1)


def test_long_answers_are_not_kept_whole() -> None:
    """Many of them would be much."""
    findings = Findings([])
    findings.add(subject(), "upgrade", example(1, body=b"x" * (LONGEST_BODY + 1)))

    [kept] = findings.in_order()[0].examples
    assert kept.expected is not None
    assert len(kept.seen.answer.body) == len(kept.expected.body) == LONGEST_BODY


def test_there_is_a_most_of_kinds_of_findings() -> None:
    """What comes after it is counted by what matters most."""
    findings = Findings([])
    for number in range(700):
        findings.add(subject(mark=str(number)), "upgrade", example(number))

    found = findings.in_order()
    assert len(found) == 501
    assert sum(one.count for one in found) == 700


def test_what_is_meant_is_apart() -> None:
    """By key class or endpoint; it comes last."""
    findings = Findings(["error:api:meant:*", "error:GET /pages/*"])
    findings.add(subject("api:meant:*"), "upgrade", example(1))
    findings.add(subject("api:other:*"), "upgrade", example(2, endpoint="pages"))
    findings.add(subject("api:other:*"), "upgrade", example(3))

    assert [one.subject.accepted for one in findings.in_order()] == [False, True, True]
