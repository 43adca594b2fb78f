"""The phases on the shared cache: which requests are sent to whom, in their order in the log."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from shelflife.rehearse.dealing import (
    AGAIN,
    MIXED_NEW,
    MIXED_OLD,
    ROLLBACK,
    UPGRADE,
    WARM,
    Deal,
)
from shelflife.rehearse.entries.book import NEW, OLD
from shelflife.rehearse.requests import Request

LEARN, MIXED = "learn", "mixed"
ORDER = (LEARN, WARM, UPGRADE, ROLLBACK, AGAIN, MIXED)

_TURNS = {
    WARM: (WARM,),
    UPGRADE: (WARM, UPGRADE),
    ROLLBACK: (WARM, UPGRADE, ROLLBACK),
    AGAIN: (WARM, UPGRADE, ROLLBACK, AGAIN),
}


class Step(NamedTuple):
    """A request, and who is asked."""

    request: Request
    release: str


class Phase(NamedTuple):
    """A phase.

    Attributes:
        name: One of `ORDER`.
        releases: Who runs in it.
        steps: What is sent, in order.
        next_reader: Who comes after it, and reads what was written in it.
    """

    name: str
    releases: tuple[str, ...]
    steps: Sequence[Step]
    next_reader: str = ""


def plan_phases(requests: Sequence[Request], deal: Deal, seed: int) -> list[Phase]:
    """Give the phases after `learn`.

    Args:
        requests: All of them, in their order.
        deal: When each is sent first.
        seed: Decides the turns of the mixed phase.
    """
    phases = []
    for name, release, following in (
        (WARM, OLD, ""),
        (UPGRADE, NEW, OLD),
        (ROLLBACK, OLD, NEW),
        (AGAIN, NEW, ""),
    ):
        steps = [Step(r, release) for r in requests if deal.turn(r) in _TURNS[name]]
        phases.append(Phase(name, (release,), steps, following))
    return [*phases, Phase(MIXED, (OLD, NEW), _mixed(requests, deal, seed))]


def _mixed(requests: Sequence[Request], deal: Deal, seed: int) -> list[Step]:
    """Ask both, one right after the other: the second one reads what the first one wrote."""
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    steps = []
    for request in requests:
        turn = deal.turn(request)
        first = chance.choice((OLD, NEW))
        first = {MIXED_OLD: OLD, MIXED_NEW: NEW}.get(turn, first)
        steps += [Step(request, first), Step(request, NEW if first == OLD else OLD)]
    return steps


def keys_to_expire(deal: Deal, seed: int, most: int = 3) -> list[Request]:
    """Give, for a few keys of each kind, a request whose entries are made to expire.

    A key class with few keys has its first writer in `warm`, and nobody else would ever write it:
    in earnest its entries expire, and whoever is asked next writes them anew.
    """
    chance = random.Random(seed)  # noqa: S311 - as above
    chosen = []
    for _, places in sorted(deal.strata.items()):
        few = chance.sample(places, min(most, len(places)))
        chosen += [deal.by_place[place][0] for place in few]
    chosen += [request for _, request in sorted(deal.others.items())]
    return list({request.number: request for request in chosen}.values())
