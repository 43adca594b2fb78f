"""Calls with more or fewer arguments than the callee takes: pickles that cannot be loaded again.

Exceptions are the usual case: they are written as their class and `args`, whatever their
constructor wants. A named tuple that gained or lost a field is another.
"""

from __future__ import annotations

from typing import Optional

from shelflife.lookup import Reason
from shelflife.pickles.refusals import shown
from shelflife.pickles.rules.interface import Evidence, Finding


def arguments(evidence: Evidence) -> Optional[Finding]:
    """Find calls that raise TypeError for the number of their arguments."""
    for module, qualname, how, count in sorted(evidence.facts.calls):
        found = evidence.resolution(module, qualname)
        if found is None or found.status != "found":
            continue
        least, most = found.new if how == "new" else found.call
        if count < least or 0 <= most < count:
            full = shown(f"{module}.{qualname}")
            takes = f"{least}" if most == least else f"at least {least}"
            takes = f"at most {most}" if 0 <= most < count else takes
            detail = f"{full} takes {takes} arguments there, and the entry gives {count}: TypeError"
            return Finding("fails", Reason.LOAD_ERROR.value, "resolve", detail)
    return None
