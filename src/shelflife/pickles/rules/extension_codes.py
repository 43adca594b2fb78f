"""Codes of copyreg's extension registry."""

from __future__ import annotations

from typing import Optional

from shelflife.pickles.rules.interface import Evidence, Finding


def extension_codes(evidence: Evidence) -> Optional[Finding]:
    """Find codes that stand for names only where the application has registered them."""
    if not evidence.facts.extensions:
        return None
    detail = "refers to a name by a code of copyreg's registry: only a trial after --setup can tell"
    return Finding("unknown", "", "static", detail)
