"""Findings that do not count: known from a baseline, or waived by name, for a reason, for a while.

Rules:
1. What is excused is one finding: a reason (or "changed") for one target or pair. Others stay.
2. A waiver names a key class, a target (or "new->old"), a finding (a reason, or "changed"), why,
   and until when. One that has expired excuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from shelflife.errors import ConfigurationError
from shelflife.live.conclusions import Finding, Roles, findings_of
from shelflife.live.tally import Group

_FIELDS = ("key_class", "target", "finding", "because", "until")


class Waiver(NamedTuple):
    """One finding that somebody has accepted for a while."""

    key_class: str
    target: str
    finding: str
    because: str
    until: date


def check_waivers(found: Mapping[str, Any]) -> list[Waiver]:
    """Give the waivers of a parsed file: tables `[[waive]]` with the five fields.

    Raises:
        ConfigurationError: If a field is missing, empty or of another type.
    """
    tables = found.get("waive")
    if not isinstance(tables, list) or set(found) != {"waive"}:
        raise ConfigurationError("a waiver file consists of tables [[waive]] and nothing else")
    return [_check(number, table) for number, table in enumerate(tables, 1)]


def _check(number: int, table: Any) -> Waiver:
    if not isinstance(table, dict) or set(table) != set(_FIELDS):
        raise ConfigurationError(f"waiver {number} must have just these: {', '.join(_FIELDS)}")
    until = table["until"]
    if type(until) is not date:
        raise ConfigurationError(f"waiver {number}: until is a date, such as 2027-01-31")
    words = {field: table[field] for field in _FIELDS[:-1]}
    if not all(isinstance(word, str) and word.strip() for word in words.values()):
        raise ConfigurationError(f"waiver {number}: each of its fields must say something")
    return Waiver(**words, until=until)


def waived_findings(
    groups: Sequence[Group], roles: Roles, waivers: Sequence[Waiver], today: date
) -> dict[int, dict[Finding, str]]:
    """Give the findings that are waived, and why, by the number of their group."""
    valid = {
        (waiver.key_class, (waiver.target, waiver.finding)): waiver.because
        for waiver in waivers
        if waiver.until >= today
    }
    excused = {}
    for number, group in enumerate(groups, 1):
        found = {
            finding: valid[group.key_class, finding]
            for finding in findings_of(group, roles)
            if (group.key_class, finding) in valid
        }
        if found:
            excused[number] = found
    return excused


def known_findings(
    groups: Sequence[Group], roles: Roles, baseline: Sequence[Mapping[str, Any]]
) -> dict[int, set[Finding]]:
    """Give the findings that the baseline has for a group like theirs, by number."""
    before: dict[object, set[Finding]] = {}
    for old in baseline:
        key = (old["key_class"], old["dialect"], old["codec"], tuple(old["names"]))
        verdicts = {**old["verdicts"], **old["rewritten"]}
        before.setdefault(key, set()).update(
            (where, verdict["reason"] or verdict["verdict"])
            for where, verdict in verdicts.items()
            if verdict["verdict"] in {"fails", "changed"}
        )
    known = {}
    for number, group in enumerate(groups, 1):
        facts = group.found.facts
        names = sorted(f"{m}.{n}" for m, n in facts.names) if facts is not None else []
        key = (group.key_class, group.found.dialect, group.found.codec, tuple(names))
        found = findings_of(group, roles) & before.get(key, set())
        if found:
            known[number] = found
    return known
