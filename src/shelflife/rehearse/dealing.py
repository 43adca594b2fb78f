"""Which request is sent in which phase first, so that each release writes for the other.

Rules:
1. Requests that lead to the same entry go together: they are dealt by the rarest place they write.
2. Each key class, and in it what holds text outside ASCII, is dealt by itself, so that each has a
   first writer in every phase as far as it has enough keys; the first one goes to `warm`.
3. The same seed deals the same.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from shelflife.rehearse.entries.book import Place
from shelflife.rehearse.entries.kinds import Kinds
from shelflife.rehearse.learned import Learned
from shelflife.rehearse.requests import Request

WARM, UPGRADE, ROLLBACK, AGAIN = "warm", "upgrade", "rollback", "again"
MIXED_OLD, MIXED_NEW = "mixed, old first", "mixed, new first"
# What is not warm is shared out so: the upgrade writes most, as it does in earnest.
_SHARES = {UPGRADE: 0.4, ROLLBACK: 0.2, AGAIN: 0.1, MIXED_NEW: 0.15, MIXED_OLD: 0.15}


class Deal:
    """Each request's turn: the phase in which it is sent for the first time.

    Attributes:
        by_place: The requests that write each place that requests were dealt by.
        strata: The places of each key class, text outside ASCII apart, in the order of their deal.
        others: For each key class that no request was dealt by, one that writes it: what all
            requests share is written by the first one.
    """

    def __init__(
        self, requests: Sequence[Request], learned: Learned, kinds: Kinds, warm: float, seed: int
    ) -> None:
        self.by_place: dict[Place, list[Request]] = defaultdict(list)
        self.strata: dict[tuple[str, bool], list[Place]] = {}
        self.others: dict[str, Request] = {}
        self._turns: dict[int, str] = {}
        self._learned = learned
        loose = self._by_rarest_place(requests)
        chance = random.Random(seed)  # noqa: S311 - no secret depends on it
        self._deal_places(kinds, warm, chance)
        for request, turn in zip(loose, _turns(len(loose), warm)):
            self._turns[request.number] = turn
        self._find_others(requests, kinds)

    def turn(self, request: Request) -> str:
        """Give the phase in which a request is sent first."""
        return self._turns[self._learned.number(request)]

    def _by_rarest_place(self, requests: Sequence[Request]) -> list[Request]:
        written = self._learned.written
        counts = Counter(place for request in requests for place in written.get(request.number, ()))
        loose = []
        for request in requests:
            places = written.get(request.number)
            if places:
                rarest = min(places, key=lambda place: (counts[place], place))
                self.by_place[rarest].append(request)
            else:
                loose.append(request)
        return loose

    def _find_others(self, requests: Sequence[Request], kinds: Kinds) -> None:
        dealt = {key_class for key_class, _ in self.strata}
        for request in requests:
            for place in self._learned.written.get(request.number, ()):
                key_class = kinds.class_of(place)
                if key_class not in dealt:
                    self.others.setdefault(key_class, request)

    def _deal_places(self, kinds: Kinds, warm: float, chance: random.Random) -> None:
        strata: dict[tuple[str, bool], list[Place]] = defaultdict(list)
        for place in sorted(self.by_place):
            wide = any(r.number in self._learned.non_ascii for r in self.by_place[place])
            strata[kinds.class_of(place), wide].append(place)
        for stratum, places in sorted(strata.items()):
            chance.shuffle(places)
            self.strata[stratum] = places
            for place, turn in zip(places, _turns(len(places), warm)):
                for request in self.by_place[place]:
                    self._turns[request.number] = turn


def _turns(count: int, warm: float) -> list[str]:
    """Deal turns by their shares: whoever is furthest behind comes next."""
    shares = {WARM: warm, **{turn: (1 - warm) * share for turn, share in _SHARES.items()}}
    dealt: Counter[str] = Counter()
    turns = []
    for number in range(1, count + 1):
        turn = max(shares, key=lambda name: shares[name] * number - dealt[name])
        dealt[turn] += 1
        turns.append(turn)
    return turns
