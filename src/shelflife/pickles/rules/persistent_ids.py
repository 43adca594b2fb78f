"""References to objects that live outside of the pickle."""

from __future__ import annotations

from typing import Optional

from shelflife.lookup import Reason
from shelflife.pickles.rules.interface import Evidence, Finding


def persistent_ids(evidence: Evidence) -> Optional[Finding]:
    """Find persistent ids: `loads` has nobody to ask for them, on any Python."""
    if not evidence.facts.persistent:
        return None
    detail = "refers to an object outside of it (a persistent id), which no cache's loader provides"
    return Finding("fails", Reason.LOAD_ERROR.value, "static", detail)
