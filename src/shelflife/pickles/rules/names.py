"""Names that do not exist in the reader."""

from __future__ import annotations

from typing import Optional

from shelflife.lookup import Reason
from shelflife.pickles.refusals import shown
from shelflife.pickles.rules.interface import Evidence, Finding


def names(evidence: Evidence) -> Optional[Finding]:
    """Find names that the reader lacks; every name is looked up, whatever is done with it."""
    facts = evidence.facts
    unsure = None
    if facts.unknown_names and not facts.spliced:
        detail = "refers to a name that is not spelled out in it: only a trial can tell"
        unsure = Finding("unknown", "", "static", detail)
    for module, qualname in sorted(facts.names):
        found = evidence.resolution(module, qualname)
        full = shown(f"{module}.{qualname}")
        if found is None:
            detail = f"refers to {full}, which has not been looked up"
            unsure = unsure or Finding("unknown", "", "static", detail)
        elif found.status == "missing":
            detail = found.detail or f"{full} does not exist there"
            return Finding("fails", Reason.MISSING_NAME.value, "resolve", detail)
        elif found.status == "unknown":
            detail = found.detail or f"whether {full} exists there is not known"
            unsure = unsure or Finding("unknown", "", "resolve", detail)
    return unsure
