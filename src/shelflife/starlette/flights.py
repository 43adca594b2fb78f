"""Requests for one missing response: the first computes it, the others wait.

Rules:
1. Only what may be stored is shared. If it turns out not to be, the others compute at once, each
   for itself.
2. If whoever computes is cancelled, or the page is forgotten meanwhile, one of the others takes
   over.
3. Nobody waits for a computation in another event loop.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Optional, Union

from shelflife.http import StoredResponse, Variant


class Shared(NamedTuple):
    """What was computed, and for which variant."""

    response: StoredResponse
    variant: Variant


class Abandoned:
    """What a flight comes to whose request was cancelled."""


class Forgotten:
    """What a flight comes to whose response may be older than what it was forgotten for."""


ABANDONED = Abandoned()
FORGOTTEN = Forgotten()
Outcome = Union[Shared, Abandoned, Forgotten, None]
"""None: not to be shared."""


class Flight:
    """One computation."""

    def __init__(self, flights: dict[tuple[int, str], Flight], key: tuple[int, str]) -> None:
        self._flights = flights
        self._key = key
        self._end: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def land(self, outcome: Outcome) -> None:
        """Tell those who wait, once."""
        if self._flights.get(self._key) is self:
            del self._flights[self._key]
        if not self._end.done():
            self._end.set_result(outcome)

    async def outcome(self) -> Outcome:
        """Wait for the end."""
        return await asyncio.shield(self._end)

    @property
    def is_over(self) -> bool:
        """Whether those who wait were told."""
        return self._end.done()


class Flights:
    """The computations that are going on."""

    def __init__(self) -> None:
        self._flights: dict[tuple[int, str], Flight] = {}

    def join(self, key: str) -> tuple[Flight, bool]:
        """Give the computation for a key, and whether it is the caller's to make."""
        place = (id(asyncio.get_running_loop()), key)
        running: Optional[Flight] = self._flights.get(place)
        if running is not None:
            return running, False
        flight = self._flights[place] = Flight(self._flights, place)
        return flight, True
