"""All that a rehearsal has found out, for the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shelflife.rehearse.answers import NoiseRule
from shelflife.rehearse.course import Courses
from shelflife.rehearse.entries.book import Book
from shelflife.rehearse.entries.kinds import Kinds
from shelflife.rehearse.entries.tally import Tally
from shelflife.rehearse.findings import Findings
from shelflife.rehearse.judging import Judgement
from shelflife.rehearse.learned import Learned
from shelflife.rehearse.log import Reading
from shelflife.rehearse.plan import Plan
from shelflife.rehearse.releases import Release
from shelflife.rehearse.requests import Request
from shelflife.rehearse.settings import Settings


@dataclass
class Outcome:
    """See above.

    Attributes:
        requests: What was sent, in order.
        distinct: Each of them once.
        started: When, in seconds since the epoch.
        server: What the shared cache was.
        seeded: How many keys it held at the beginning.
        partial: Why it did not come to its end; "" if it did.
        expired: How many keys were made to expire between phases.
    """

    plan: Plan
    settings: Settings
    seed: int
    releases: Mapping[str, Release]
    requests: Sequence[Request]
    distinct: Sequence[Request]
    reading: Reading
    learned: Learned
    kinds: Kinds
    tally: Tally
    findings: Findings
    book: Book
    courses: Courses
    started: float
    server: str = ""
    private: bool = True
    seeded: int = 0
    seconds: float = 0.0
    partial: str = ""
    noise: Sequence[NoiseRule] = ()
    expired: int = 0
    judgement: Judgement = field(default_factory=Judgement)
