"""What terminal and page both show of a document: its groups sorted by what to do with them.

A group stands in exactly one section, so that the sections add up to the whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from shelflife.reports.document import Document, Group, Target, Verdict
from shelflife.reports.sentences import why

VERDICTS = ("reads", "changed", "fails", "unknown")


class Outcome(NamedTuple):
    """One verdict on a group, and all columns that share it.

    Attributes:
        columns: Targets' names, and "new->old" for what `new` would write.
        verdict: "reads", "changed", "fails" or "unknown".
        why: A sentence; "" if there is nothing to explain.
        reason: From the closed list; "" if there is none.
        stage: Which stage decided.
    """

    columns: tuple[str, ...]
    verdict: str
    why: str
    reason: str
    stage: str


@dataclass(frozen=True)
class Summary:
    """The groups by section, and the verdicts counted.

    Attributes:
        targets: All targets by name.
        columns: Targets' names, then the rewritten pairs ("new->old").
        broken: Groups that some runtime does not read, worst first.
        state: Groups that are no cache (queues, sessions, ...), whatever their verdicts.
        waived: Groups that a waiver names.
        known: Groups that stand in the baseline.
        fine: Groups that every runtime reads.
        totals: Entries by verdict, for each column.
    """

    targets: dict[str, Target]
    columns: list[str]
    broken: list[Group]
    state: list[Group]
    waived: list[Group]
    known: list[Group]
    fine: list[Group]
    totals: dict[str, Counter[str]]

    def outcomes(self, group: Group) -> list[Outcome]:
        """Give a group's verdicts, those that say the same put together, in columns' order."""
        found: dict[tuple[str, str, str, str], list[str]] = {}
        verdicts = verdicts_of(group)
        for column in self.columns:
            if column in verdicts:
                one = verdicts[column]
                said = why(group, column, one, self.targets)
                key = (one["verdict"], said, one["reason"], one["stage"])
                found.setdefault(key, []).append(column)
        return [Outcome(tuple(columns), *key) for key, columns in found.items()]


def verdicts_of(group: Group) -> dict[str, Verdict]:
    """Give all verdicts of a group by column."""
    return {**group["verdicts"], **group["rewritten"]}


def summarise(document: Document) -> Summary:
    """Sort the groups of a document into sections and count the verdicts."""
    groups = document["groups"]
    targets = {target["name"]: target for target in document["targets"]}
    pairs = (column for group in groups for column in verdicts_of(group))
    columns = list(dict.fromkeys((*targets, *pairs)))
    sections: dict[str, list[Group]] = {}
    for group in groups:
        sections.setdefault(_section(group), []).append(group)
    return Summary(
        targets=targets,
        columns=columns,
        broken=sections.get("broken", []),
        state=sections.get("state", []),
        waived=sections.get("waived", []),
        known=sections.get("known", []),
        fine=sections.get("fine", []),
        totals={column: _count(groups, column) for column in columns},
    )


def entries_in(groups: Iterable[Group]) -> int:
    """Count the entries of these groups."""
    return sum(group["count"] for group in groups)


def _section(group: Group) -> str:
    if group["state"]:
        return "state"
    if {one["verdict"] for one in verdicts_of(group).values()} == {"reads"}:
        return "fine"
    if group["waived"] is not None:
        return "waived"
    return "known" if group["known"] else "broken"


def _count(groups: Iterable[Group], column: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for group in groups:
        one = verdicts_of(group).get(column)
        if one is not None:
            counted[one["verdict"]] += group["count"]
    return counted


def describe(group: Group) -> str:
    """Say what the entries of a group are: "werkzeug, pickle protocol 2"."""
    dialect = group["dialect"] or "unrecognised"
    if group["owners"]:
        dialect += f" (of {' or '.join(group['owners'])})"
    codec = group["codec"]
    protocol = "" if group["protocol"] is None else f"protocol {group['protocol']}"
    coded = " ".join(part for part in (codec, protocol) if part)
    return ", ".join(part for part in (dialect, coded, group["state"]) if part)
