"""What the walker's facts mean to one reader: a rule a file, asked in this order.

Rules of the rules:
1. `fails` is said only of what the reader's `pickle.loads` raises on, whatever the constants are.
2. The first `fails` decides; without one, the first `unknown`; without either, it reads.
"""

from __future__ import annotations

from shelflife.pickles.rules.arguments import arguments
from shelflife.pickles.rules.buffers import buffers
from shelflife.pickles.rules.extension_codes import extension_codes
from shelflife.pickles.rules.interface import Evidence, Finding, Rule
from shelflife.pickles.rules.names import names
from shelflife.pickles.rules.persistent_ids import persistent_ids
from shelflife.pickles.rules.protocol import protocol
from shelflife.pickles.rules.python2_strings import python2_strings
from shelflife.pickles.rules.spliced_arrays import spliced_arrays
from shelflife.pickles.rules.trailing_data import trailing_data

__all__ = ["RULES", "Evidence", "Finding", "Rule", "apply_rules"]

RULES: tuple[Rule, ...] = (
    protocol,
    python2_strings,
    persistent_ids,
    buffers,
    names,
    arguments,
    extension_codes,
    spliced_arrays,
    trailing_data,
)


def apply_rules(evidence: Evidence) -> Finding:
    """Give what the rules find; `reads` if nothing speaks against it."""
    best = Finding("reads", detail="")
    for rule in RULES:
        found = rule(evidence)
        if found is None:
            continue
        if found.verdict == "fails":
            return found
        if best.verdict == "reads" and (found.verdict != "reads" or not best.detail):
            best = found
    return best
