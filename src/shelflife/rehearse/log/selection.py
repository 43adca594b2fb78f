"""Takes requests from a log that holds more than are wanted.

Rules:
1. One pass, and no more is kept than `most` requests three times over, however long the log.
2. Every request draws a number from the seed, and the highest are taken: first a few of each
   endpoint (of the first 200; all others together are one), then those with text outside ASCII
   until they are half, then any. So each endpoint is there, what breaks caches is there more
   often than in the log, and the rest is as frequent as in the log.
3. The order of the log is kept. The same seed takes the same requests, on every Python.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from random import Random

from shelflife.rehearse.requests import Request

_ENDPOINTS = 200
_OTHER = ""

_Drawn = tuple[float, int, Request]


class Selection:
    """Requests come in one by one; at most `most` are taken."""

    def __init__(self, most: int, seed: int) -> None:
        self.seen = 0
        self._most = most
        self._random = Random(seed)  # noqa: S311 - a choice that can be repeated, no secret
        self._any = _Highest(most)
        self._outside_ascii = _Highest((most + 1) // 2)
        self._each = max(1, most // (4 * _ENDPOINTS))
        self._endpoints: dict[str, _Highest] = {}

    def add(self, request: Request) -> None:
        """Take note of the log's next request."""
        drawn = (self._random.random(), self.seen, request)
        self.seen += 1
        self._any.add(drawn)
        if not request.is_ascii:
            self._outside_ascii.add(drawn)
        self._of(request.endpoint).add(drawn)

    def taken(self) -> list[Request]:
        """Give what was taken, in the order of the log."""
        taken: dict[int, Request] = {}
        for _, place, request in self._in_turn():
            if len(taken) == self._most:
                break
            taken.setdefault(place, request)
        return [request for _, request in sorted(taken.items())]

    def _of(self, endpoint: str) -> _Highest:
        if endpoint not in self._endpoints:
            if len(self._endpoints) >= _ENDPOINTS:
                endpoint = _OTHER
            self._endpoints.setdefault(endpoint, _Highest(self._each))
        return self._endpoints[endpoint]

    def _in_turn(self) -> Iterator[_Drawn]:
        kept = [each.best() for each in self._endpoints.values()]
        for place in range(self._each):
            yield from (best[place] for best in kept if place < len(best))
        yield from self._outside_ascii.best()
        yield from self._any.best()


class _Highest:
    """Keeps those that drew the highest numbers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[_Drawn] = []

    def add(self, drawn: _Drawn) -> None:
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, drawn)
        elif drawn > self._heap[0]:
            heapq.heapreplace(self._heap, drawn)

    def best(self) -> list[_Drawn]:
        return sorted(self._heap, reverse=True)


def with_first_headers(requests: Iterable[Request]) -> Iterator[Request]:
    """Give every request the headers of the first one that is the same.

    What a release answers by itself is learned once for the same request; it must not depend on
    which client sent it.
    """
    first: dict[tuple[str, str, bytes], tuple[tuple[str, str], ...]] = {}
    for request in requests:
        headers = first.setdefault(request.identity, request.headers)
        yield request._replace(headers=headers)
