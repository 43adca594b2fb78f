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
from shelflife.rehearse.plan.placeholders import fill, used
from shelflife.rehearse.plan.reading import read_plan

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
    "fill",
    "read_plan",
    "used",
]
