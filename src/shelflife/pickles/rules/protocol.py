"""A pickle of a protocol that is newer than the reader."""

from __future__ import annotations

from typing import Optional

from shelflife.lookup import Reason
from shelflife.pickles.rules.interface import Evidence, Finding, python


def protocol(evidence: Evidence) -> Optional[Finding]:
    """Find protocols that the reader does not know: it raises ValueError or UnpicklingError."""
    needed, known = evidence.facts.protocol, evidence.reader.highest_protocol
    if needed <= known:
        return None
    detail = (
        f"written with pickle protocol {needed}; {python(evidence.reader)} reads up to {known} "
        "and raises ValueError"
    )
    return Finding("fails", Reason.PROTOCOL.value, "static", detail)
