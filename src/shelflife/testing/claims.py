"""Claims about what a cache holds: they fail with a sentence that names the key, never the bytes.

A plain assert says nothing outside of a test module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shelflife.live.repair.summary import OUTCOMES
from shelflife.live.repair.task import Result
from shelflife.testing.contents import Held, is_about

SLACK = 1.0
"""Seconds by which an expiry may be off, time that has passed not counted."""


def claim(holds: bool, key: bytes, otherwise: str) -> None:
    """Fail with a sentence about a key unless something holds.

    Raises:
        AssertionError: It does not.
    """
    if not holds:
        raise AssertionError(f"{key.decode('ascii', 'replace')} {otherwise}".strip())


def claim_equal(found: int, expected: int, what: str) -> None:
    """Fail unless a count is what it should be."""
    claim(found == expected, b"", f"{what}: {found}, and it should be {expected}")


def claim_expiry(held: Held, before: Held, key: bytes) -> None:
    """Fail unless an entry expires when it was to."""
    due = is_about(held.expires_at, before.expires_at, SLACK)
    claim(due, key, f"expires at {held.expires_at} and not at {before.expires_at}")


def claim_same(
    now: Mapping[bytes, Held], expected: Mapping[bytes, Held], keys: Iterable[bytes]
) -> None:
    """Fail unless the same lies under some keys, byte for byte, with the same expiries."""
    for key in keys:
        claim((key in now) == (key in expected), key, "is there, or gone, and was not so before")
        if key in now:
            claim(now[key].entry == expected[key].entry, key, "has other bytes")
            claim_expiry(now[key], expected[key], key)


def claim_counts(result: Result, expected: Mapping[str, int]) -> None:
    """Fail unless a run came to its end with some counts, and all counts add up."""
    claim(not result.stopped, b"", f"it was stopped: {result.stopped}")
    found = {name: result.summary.total(name) for name in OUTCOMES}
    as_expected = all(found[name] == count for name, count in expected.items())
    claim(as_expected, b"", f"it counted {found}, and it should be {dict(expected)}")
    claim_equal(result.summary.selected, sum(found.values()), "selected")
