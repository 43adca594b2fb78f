"""Fleets that are made up: what their registry says, and what they counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

from shelflife.fleet.counts import Counts
from shelflife.fleet.records import Member
from shelflife.fleet.registry import Registry
from shelflife.fleet.sight import Sight
from shelflife.floors import parse_floor
from shelflife.live.gate.checking import CHECKS
from shelflife.live.gate.evidence import Evidence
from shelflife.live.gate.terms import Check, Thresholds

NOW = 1795867200.0
OURS = parse_floor("python>=3.9, shelflife")
OLD_FORM = parse_floor("python>=2.7, werkzeug")
BOTH = parse_floor("python>=3.9, shelflife, werkzeug")


def member(
    release: str, *, writes: str = str(OURS), minimum: str = str(OURS), **more: Any
) -> Member:
    given = {"reach": BOTH, "beat": NOW - 1, "since": NOW - 600, "steady": NOW - 600, **more}
    return Member(
        release, "cpython3.11.1", "host:1", writes=writes, minimum=minimum, beats=9, **given
    )


def counts(*releases: str) -> Counts:
    """A thousand reads of each release, told often enough."""
    found: dict[tuple[str, ...], int] = {}
    for release in releases:
        found[release, "hits"] = 900
        found[release, "misses", "absent"] = 100
        found[release, "reports"] = 100
        for other in releases:
            found[release, "sampled", other] = 20
    return Counts(found, (), is_there=bool(found))


def plus(before: Counts, *cause: str, number: int) -> Counts:
    """The same with one count changed."""
    return replace(before, counts={**before.counts, cause: number})


def evidence(
    registry: Optional[Registry] = None,
    *,
    window: Optional[Counts] = None,
    target: Optional[str] = "old",
    **more: Any,
) -> Evidence:
    """A fleet of two releases with which all is well."""
    if registry is None:
        registry = Registry(members={"1": member("old"), "2": member("new")}, now=NOW)
    alive = {name: m for name, m in registry.members.items() if m.beat == NOW - 1}
    given = {
        "step": "promote",
        "before": Counts(),
        "lately": Counts(),
        "seconds": 300.0,
        "share": 1.0,
        "started_at": NOW - 300,
        "present": {"1": member("old"), "2": member("new")},
        "thresholds": Thresholds(),
        **more,
    }
    found = counts("old", "new") if window is None else window
    return Evidence(sight=Sight("api", registry, alive), window=found, target=target, **given)


def check(name: str, found: Evidence) -> Check:
    """One check."""
    return CHECKS[name](found)
