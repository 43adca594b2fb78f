"""Going through several servers at a time, as if they were one.

Rules:
1. Each primary is scanned by a thread of its own; a thread is a batch ahead at most, so that memory
   stays flat. Whoever takes the batches sees one after another, from any of them.
2. A failure of one reaches who takes the batches, and ends all. When nobody takes them any more,
   the threads end.
3. What a server had handed out before it began anew (a restart, a failover) may be seen twice.
4. When all are through, slots that a server has gained meanwhile are looked at again there: their
   keys may have moved behind one cursor and before the other. What is found may be seen twice.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Optional, Protocol

from shelflife.errors import ServerError
from shelflife.live.found_keys import START
from shelflife.live.merging import merged
from shelflife.live.pace import Pace
from shelflife.live.persistence import RestartedError
from shelflife.live.scanning import Batch, Scanner
from shelflife.stores.address import Address
from shelflife.stores.inspection import Inspector

_LOOKS = 5


class AnyScanner(Protocol):
    """Goes through all keys, of one server or of several; see `Scanner`."""

    @property
    def population(self) -> int:
        """How many keys there are below the prefix, as far as the scan has come."""

    @property
    def more_elements(self) -> int:
        """How many keys have more elements than were read."""

    @property
    def seen_twice(self) -> int:
        """How many keys may have been handed out twice, at most."""

    @property
    def run_ids(self) -> Mapping[str, str]:
        """The run of each server that is scanned, by its shard."""

    def go_on_from(self, cursors: Mapping[str, bytes]) -> None:
        """Begin where an earlier scan of the same runs ended, by shards."""

    def batches(self) -> Generator[Batch, None, None]:
        """Give all entries, in batches."""


def open_scanner(
    inspectors: Sequence[Inspector], prefix: bytes, pace: Pace, sample: Optional[int] = None
) -> AnyScanner:
    """Give what goes through these servers.

    Raises:
        ServerError: If one of them cannot be asked.
    """
    if len(inspectors) == 1 and not inspectors[0].shard.is_cluster:
        return Scanner(inspectors[0], prefix, pace, sample)
    return ShardedScanner(inspectors, prefix, pace, sample)


class ShardedScanner:
    """Goes through all primaries of a cluster.

    Args:
        inspectors: One for each.
        prefix: What keys begin with; b"" for all.
        pace: How fast, all of them together.
        sample: How many keys, chosen at random among all; None for all.
        seed: For the choice.

    Attributes:
        seen_twice: How many keys may have been handed out twice, at most.
    """

    def __init__(
        self,
        inspectors: Sequence[Inspector],
        prefix: bytes,
        pace: Pace,
        sample: Optional[int] = None,
        seed: int = 0,
    ) -> None:
        self._inspectors = inspectors
        self._prefix = prefix
        self._pace = pace
        self._sample = sample
        self._seed = seed
        self._scanners = [
            Scanner(inspector, prefix, share, sample, seed + number)
            for number, (inspector, share) in enumerate(
                zip(inspectors, pace.share(len(inspectors)))
            )
        ]
        self._looked_again: dict[Address, frozenset[int]] = {}
        self._more_elements = 0
        self.seen_twice = 0

    @property
    def population(self) -> int:
        """How many keys there are below the prefix, as far as the scans have come."""
        return sum(scanner.population for scanner in self._scanners)

    @property
    def more_elements(self) -> int:
        """How many keys have more elements than were read."""
        return sum(one.more_elements for one in self._scanners) + self._more_elements

    @property
    def run_ids(self) -> Mapping[str, str]:
        """The run of each server that is scanned, by its shard."""
        return {scanner.shard: scanner.run_id for scanner in self._scanners}

    def go_on_from(self, cursors: Mapping[str, bytes]) -> None:
        """Begin where an earlier scan of the same runs ended; those without a cursor, at START."""
        for scanner in self._scanners:
            scanner.go_on_from(cursors)

    def batches(self) -> Generator[Batch, None, None]:
        """Give all entries, in batches.

        Raises:
            ServerError: If a server fails and does not come back, or slots never come to rest.
        """
        if self._sample:
            yield from self._sampled(self._sample)
            return
        yield from self._merge([one.batches for one in self._scanners])
        for _ in range(_LOOKS):
            again = self._unseen_slots()
            if not again:
                return
            yield from self._look_again(again)
        raise ServerError("try-again", "slots keep moving from node to node: wait until they rest")

    def _merge(self, sources: Sequence[Callable[[], Iterator[Batch]]]) -> Iterator[Batch]:
        """Give the batches of all scanners, as they come; what begins anew may be seen twice."""
        given = [0] * len(sources)
        for number, batch in merged(sources, self._end):
            if batch.anew:
                self.seen_twice += given[number]
                given[number] = 0
            given[number] += batch.keys
            yield batch._replace(anew=False)

    def _end(self) -> None:
        for scanner in self._scanners:
            scanner.end()

    def _unseen_slots(self) -> dict[Address, frozenset[int]]:
        """Give the slots that nodes have now and had not when they were scanned."""
        now = self._scanners[0].map_now()
        again: dict[Address, frozenset[int]] = {}
        for primary in now.primaries():
            family = (primary, *now.replicas(primary))
            seen = frozenset().union(
                *(one.slots for one in self._scanners if one.at in family),
                *(self._looked_again.get(one, frozenset()) for one in family),
            )
            again[primary] = now.of(primary) - seen
        for scanner in self._scanners:
            for slot, address in scanner.moves().items():
                seen = self._looked_again.get(address, frozenset())
                again[address] = again.get(address, frozenset()) | ({slot} - seen)
        return {address: slots for address, slots in again.items() if slots}

    def _look_again(self, again: Mapping[Address, frozenset[int]]) -> Iterator[Batch]:
        shard = self._inspectors[0].shard
        for address, slots in again.items():
            inspector = Inspector("", shard=shard.staying(address, slots))
            try:
                scanner = Scanner(inspector, self._prefix, self._pace.share(1)[0], only=slots)
                for batch in scanner.batches():
                    self.seen_twice += batch.keys
                    yield batch._replace(shard=f"{batch.shard}/again", resume=START, anew=False)
                self._more_elements += scanner.more_elements
            finally:
                inspector.close()
            self._looked_again[address] = self._looked_again.get(address, frozenset()) | slots

    def _sampled(self, sample: int) -> Iterator[Batch]:
        """Have each server choose, then take of each choice what is its due."""
        kept: list[list[bytes]] = [[] for _ in self._scanners]

        def choose(number: int) -> Iterator[Batch]:
            kept[number] = self._scanners[number].choose_till_done()
            return iter(())

        numbers = range(len(self._scanners))
        yield from self._merge([partial(choose, number) for number in numbers])
        chance = random.Random(self._seed)  # noqa: S311 - no secret depends on it
        due = _shares(sample, [one.population for one in self._scanners], chance)
        chosen = [chance.sample(some, count) for some, count in zip(kept, due)]
        try:
            yield from self._merge(
                [partial(self._scanners[number].read, chosen[number]) for number in numbers]
            )
        except RestartedError as restart:  # what others have read cannot be forgotten
            raise restart.error from None


def _shares(sample: int, populations: Sequence[int], chance: random.Random) -> list[int]:
    """Give how many of a sample fall to each population, as if chosen among all together."""
    ends = list(accumulate(populations))
    shares = [0] * len(ends)
    for place in chance.sample(range(ends[-1]), min(sample, ends[-1])):
        shares[bisect_right(ends, place)] += 1
    return shares
