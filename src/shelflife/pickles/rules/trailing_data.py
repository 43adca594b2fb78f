"""Bytes after the end of the pickle."""

from __future__ import annotations

from typing import Optional

from shelflife.pickles.rules.interface import Evidence, Finding


def trailing_data(evidence: Evidence) -> Optional[Finding]:
    """Remark on them: every `loads` ignores what follows the end."""
    rest = evidence.size - evidence.facts.end
    if rest <= 0:
        return None
    return Finding("reads", "", "static", f"{rest} bytes after its end are ignored by the loader")
