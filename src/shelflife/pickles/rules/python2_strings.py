"""8-bit strings of Python 2 that are not ASCII."""

from __future__ import annotations

from typing import Optional

from shelflife.lookup import Reason
from shelflife.pickles.rules.interface import Evidence, Finding, python


def python2_strings(evidence: Evidence) -> Optional[Finding]:
    """Find 8-bit strings that Python 3, which takes them for ASCII text, raises on.

    Text, but the state of dates and times as well: their bytes are such strings.
    """
    if not evidence.facts.non_ascii or evidence.reader.version < (3, 0):
        return None
    modules = {module for module, _ in evidence.facts.names}
    what = "a date or time" if "datetime" in modules else "8-bit text that is not ASCII"
    detail = (
        f"Python 2 wrote {what}; {python(evidence.reader)} takes its bytes for ASCII "
        "and raises UnicodeDecodeError"
    )
    return Finding("fails", Reason.PY2_BYTES.value, "static", detail)
