"""Arrays whose bytes joblib writes into the middle of its pickles."""

from __future__ import annotations

from typing import Optional

from shelflife.pickles.rules.interface import Evidence, Finding


def spliced_arrays(evidence: Evidence) -> Optional[Finding]:
    """Recognise them: what follows the first array has not been walked."""
    if not evidence.facts.spliced:
        return None
    detail = "holds an array as joblib writes it; what follows is seen by joblib alone: try a trial"
    return Finding("unknown", "", "static", detail)
