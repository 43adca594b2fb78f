"""What a gate is asked, and what a check of it answers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum


class Result(str, Enum):
    """What came of a check, or of all of them."""

    PASS = "PASS"  # noqa: S105 - no password
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    SKIPPED = "SKIPPED"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Thresholds:
    """What may be, and how much has to be seen.

    Attributes:
        max_unreadable: The share of a release's reads that may find an entry and not read it.
        max_hit_drop: By how many points of a hundred a hit ratio may be lower.
        min_reads: How many reads of each release have to be seen.
        min_mixed: How many entries of the other release each has to be seen to read.
        max_ping_pong: Rewrites of keys that the other release rewrites too.
        max_lost_invalidations: Removals that the server did not confirm.
        max_not_stored: The share of a release's writes that may be refused for what they are.
        max_unavailable: The share of reads that the server may leave without an answer.
    """

    max_unreadable: float = 0.001
    max_hit_drop: float = 2.0
    min_reads: int = 1000
    min_mixed: int = 10
    max_ping_pong: int = 0
    max_lost_invalidations: int = 0
    max_not_stored: float = 0.01
    max_unavailable: float = 0.01

    def as_facts(self) -> dict[str, float]:
        """Give them by their names."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True)
class Remedy:
    """What to do about something.

    Attributes:
        text: A sentence.
        words: What to say to `shelflife`, URL and fleet left out; empty if no command helps.
        back: What takes that back.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    back: tuple[str, ...] = ()


NOTHING_TO_DO = Remedy()


@dataclass(frozen=True)
class Check:
    """One check and what came of it.

    Attributes:
        name: A closed, stable list: see `checking.CHECKS`.
        result: What came of it.
        sentence: Why.
        details: What it rests on, worst first.
        remedy: What to do.
        is_settled: Whether more traffic cannot change it: a watch need not go on.
    """

    name: str
    result: Result
    sentence: str
    details: tuple[str, ...] = ()
    remedy: Remedy = NOTHING_TO_DO
    is_settled: bool = False


MOST_DETAILS = 10


def listed(details: list[str]) -> tuple[str, ...]:
    """Give the first of them, and how many more there are."""
    more = len(details) - MOST_DETAILS
    return (*details[:MOST_DETAILS], *((f"and {more:,} more",) if more > 0 else ()))
