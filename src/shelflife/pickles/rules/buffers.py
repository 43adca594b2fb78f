"""References to out-of-band buffers (protocol 5)."""

from __future__ import annotations

from typing import Optional

from shelflife.lookup import Reason
from shelflife.pickles.rules.interface import Evidence, Finding


def buffers(evidence: Evidence) -> Optional[Finding]:
    """Find out-of-band buffers: `loads` was not given any, on any Python."""
    if not evidence.facts.buffers:
        return None
    detail = "refers to buffers outside of it, which no cache's loader provides"
    return Finding("fails", Reason.LOAD_ERROR.value, "static", detail)
