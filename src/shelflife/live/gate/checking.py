"""All checks, and what they come to together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from shelflife.live.gate import losses, reading, standing
from shelflife.live.gate.evidence import Evidence
from shelflife.live.gate.terms import Check, Result
from shelflife.live.gate.way_back import way_back

CHECKS: dict[str, Callable[[Evidence], Check]] = {
    "registry": standing.registry,
    "members": standing.members,
    "counts": standing.counts,
    "server": losses.server,
    "traffic": reading.traffic,
    "unreadable": reading.unreadable,
    "hit-ratio": reading.hit_ratio,
    "mixing": reading.mixing,
    "way-back": way_back,
    "ping-pong": losses.ping_pong,
    "lost-invalidations": losses.lost_invalidations,
    "not-stored": losses.not_stored,
}

EXIT_CODES = {Result.PASS: 0, Result.FAIL: 1, Result.INCONCLUSIVE: 3}


def check_all(evidence: Evidence, skipped: Collection[str]) -> list[Check]:
    """Give each check; those that are left out as well, so that nobody forgets them."""
    return [
        Check(name, Result.SKIPPED, "left out (--skip)") if name in skipped else check(evidence)
        for name, check in CHECKS.items()
    ]


def result_of(checks: Sequence[Check]) -> Result:
    """Give the worst; if all were left out, nothing was seen."""
    results = {check.result for check in checks}
    for result in (Result.FAIL, Result.INCONCLUSIVE, Result.PASS):
        if result in results:
            return result
    return Result.INCONCLUSIVE
