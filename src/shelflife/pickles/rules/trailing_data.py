"""Bytes after the end of the pickle."""

from __future__ import annotations

from typing import Optional

from shelflife.pickles.rules.interface import Evidence, Finding


def trailing_data(evidence: Evidence) -> Optional[Finding]:
    """Remark on them: every `loads` ignores what follows the end."""
    if evidence.size <= evidence.facts.end:
        return None
    return Finding("reads", "", "static", "bytes after its end are ignored by the loader")
