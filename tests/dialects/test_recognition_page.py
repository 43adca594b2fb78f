"""The page on dialects lists what there is."""

from __future__ import annotations

import re
from pathlib import Path

from shelflife.dialects import KNOWN
from shelflife.dialects.recognising import SIGNS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "dialects.md").read_text()
ROWS = re.findall(r"^\| `([a-z-]+)` \| .* \| (.*) \| (yes|no)\b.* \|$", PAGE, re.MULTILINE)
STATES = {"queue": "queues", "job": "jobs", "result": "results", "session": "sessions"}


def test_every_dialect_has_a_row() -> None:
    """And there is no row besides."""
    assert sorted(name for name, _, _ in ROWS) == list(KNOWN)


def test_state_is_documented() -> None:
    """Of each dialect whose entries are state."""
    for name, holds, _ in ROWS:
        state = SIGNS[name].found.state
        assert state in {"", "lock"} or STATES[state] in holds, name
        assert state or "cache" in holds, name


def test_rules_of_their_own_are_documented() -> None:
    """For each declared reader that has some."""
    for name, _, reads in ROWS:
        assert (SIGNS[name].read is not None) == (reads == "yes"), name
