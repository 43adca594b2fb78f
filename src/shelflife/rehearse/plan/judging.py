"""Reads `[compare]`, `[phases]` and `[adequacy]`."""

from __future__ import annotations

import re

from shelflife.rehearse.plan.parts import AdequacyPlan, ComparePlan, PhasesPlan
from shelflife.rehearse.plan.sending import header_names
from shelflife.rehearse.plan.tables import Table, listed, nearest

FINDINGS = ("error", "answer", "release", "unused", "keys", "expiry")
INJECTIONS = ("unicode",)

_NAME = r"[^\s.\[\]'\"*]+"
_JSON_PATH = re.compile(
    rf"\$(?:\.\.?(?:{_NAME}|\*)|\[(?:\*|[0-9]+|'[^']+'|\"[^\"]+\")\])+",
)
_HIGHEST_SEED = 2**63 - 1


def read_compare(table: Table) -> ComparePlan:
    """Give what is not compared, and which findings are meant."""
    return ComparePlan(
        ignore_headers=header_names(table, "ignore_headers"),
        ignore_paths=_paths(table),
        ignore_patterns=_patterns(table),
        accept=_accept(table),
    )


def read_phases(table: Table) -> PhasesPlan:
    """Give how the requests are dealt to the phases."""
    warm = table.number("warm", 0.0, 1.0)
    return PhasesPlan(
        warm=0.5 if warm is None else warm,
        expire=table.yes("expire", default=True),
        seed=table.whole("seed", 0, _HIGHEST_SEED),
    )


def read_adequacy(table: Table) -> AdequacyPlan:
    """Give how much must be seen."""
    return AdequacyPlan(
        entries=table.whole("entries", 1, 1_000_000) or 1,
        non_ascii=table.yes("non_ascii", default=True),
        ignore=table.texts("ignore"),
    )


def read_inject(top: Table) -> tuple[str, ...]:
    """Give which requests are derived from the log's."""
    found = top.texts("inject")
    for name in found:
        if name not in INJECTIONS:
            raise top.error("inject", f"{name!r} is not known: write {listed(INJECTIONS)}")
    return tuple(dict.fromkeys(found))


def _paths(table: Table) -> tuple[str, ...]:
    paths = table.texts("ignore_paths")
    for path in paths:
        if not _JSON_PATH.fullmatch(path):
            raise table.error(
                "ignore_paths",
                f'{path!r} is no path: write for example "$.at", "$.items[*].id" or "$..etag"',
            )
    return paths


def _patterns(table: Table) -> tuple[str, ...]:
    patterns = table.texts("ignore_patterns")
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"{pattern!r} is no regular expression: {error}"
            raise table.error("ignore_patterns", message) from None
    return patterns


def _accept(table: Table) -> tuple[str, ...]:
    accepted = table.texts("accept")
    for each in accepted:
        kind, _, pattern = each.partition(":")
        if kind not in FINDINGS or not pattern.strip():
            hint = nearest(kind, FINDINGS) if kind not in FINDINGS else ""
            example = '"kind:pattern", for example "unused:api:*"'
            message = f"{each!r} is no {example}; a kind is one of {listed(FINDINGS)} {hint}"
            raise table.error("accept", message.rstrip())
    return accepted
