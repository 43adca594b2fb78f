"""The demo's traffic: the same requests in both acts, phase after phase, and what came of them.

Every release is the first to write some articles: 40 before, 40 in the upgrade, 40 in the
rollback, and in the mixed fleet 10 each.
"""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shelflife.cli.demo.articles import article
from shelflife.cli.demo.service import Service

OLD, NEW = "old", "new"
GROUP = 40
ARTICLES = 3 * GROUP + GROUP // 2

_BEFORE = tuple(range(1, GROUP + 1))
_UPGRADE = tuple(range(GROUP + 1, 2 * GROUP + 1))
_ROLLBACK = tuple(range(2 * GROUP + 1, 3 * GROUP + 1))
_MIXED = tuple(range(3 * GROUP + 1, ARTICLES + 1))
_FLEET = (OLD, NEW)

Request = tuple[int, str]  # the article's number, and who answers


@dataclass
class Phase:
    """What came of a phase's requests.

    Attributes:
        name: What happens in it.
        python: Who answers, as "2.7 + 3.8".
        errors: How many answers were HTTP 500, or none at all.
        wrong: How many answers were not the article.
        exceptions: The last lines of the services' tracebacks, and how many of each.
        reasons: Misses by reason, if the release counts them.
    """

    name: str
    python: str
    requests: int = 0
    errors: int = 0
    wrong: int = 0
    hits: int = 0
    misses: int = 0
    exceptions: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many requests did not get the article."""
        return self.errors + self.wrong


def plan() -> list[tuple[str, list[Request]]]:
    """Give every phase's name and requests."""
    both = [*_BEFORE, *_UPGRADE, *_ROLLBACK, *_MIXED]
    mixed = [(number, _FLEET[number % 2]) for number in both]
    mixed += [(number, _FLEET[(number + 1) % 2]) for number in _MIXED]
    return [
        ("before", [(number, OLD) for number in _BEFORE]),
        ("upgrade", [(number, NEW) for number in (*_BEFORE, *_UPGRADE)]),
        ("rollback", [(number, OLD) for number in (*_BEFORE, *_UPGRADE, *_ROLLBACK)]),
        ("mixed fleet", mixed),
    ]


def first_asked() -> dict[int, str]:
    """Give for every article who is asked for it first, and so writes its entry."""
    writers: dict[int, str] = {}
    for _, requests in plan():
        for number, who in requests:
            writers.setdefault(number, who)
    return writers


def run(services: dict[str, Service], answered: Callable[[], None]) -> list[Phase]:
    """Send the traffic to the two services, and count.

    Args:
        services: Who answers as OLD and as NEW.
        answered: Called after every request.
    """
    done = []
    for name, requests in plan():
        taking_part = [services[who] for who in _FLEET if any(by == who for _, by in requests)]
        python = " + ".join(each.release.interpreter.series for each in taking_part)
        phase = Phase(name, python)
        before = {service.pid: _reasons(service) for service in taking_part}
        for number, who in requests:
            _count(phase, number, services[who])
            answered()
        for service in taking_part:
            phase.exceptions.update(service.new_exceptions())
            phase.reasons.update(_reasons(service) - before[service.pid])
        done.append(phase)
    return done


def _count(phase: Phase, number: int, service: Service) -> None:
    phase.requests += 1
    try:
        status, found, body = service.ask(f"/articles/{number}")
    except (OSError, http.client.HTTPException):
        phase.errors += 1
        return
    if status != 200:
        phase.errors += 1
        return
    if not _is_right(number, body):
        phase.wrong += 1
    phase.hits += found == "hit"
    phase.misses += found == "miss"


def _is_right(number: int, body: Any) -> bool:
    return bool(body == article(number).answer())


def _reasons(service: Service) -> Counter[str]:
    try:
        status, _, body = service.ask("/internal/misses")
    except (OSError, http.client.HTTPException):
        return Counter()
    return Counter(body) if status == 200 and isinstance(body, dict) else Counter()
