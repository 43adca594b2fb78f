"""The plan of a rehearsal: its parts, and how it is read from its file."""

from shelflife.rehearse.plan.parts import (
    KNOWN_FORMATS,
    SAFE_METHODS,
    AdequacyPlan,
    CachePlan,
    ComparePlan,
    LogPlan,
    PhasesPlan,
    Plan,
    ReleasePlan,
)

__all__ = [
    "KNOWN_FORMATS",
    "SAFE_METHODS",
    "AdequacyPlan",
    "CachePlan",
    "ComparePlan",
    "LogPlan",
    "PhasesPlan",
    "Plan",
    "ReleasePlan",
]
