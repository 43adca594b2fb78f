"""Going through a live cache, key by key, without being felt.

Rules:
1. SCAN and pipelined reads in batches; never more entries a second than `rate`, and smaller batches
   with pauses between them while a round trip takes longer than `max_latency`.
2. A cursor belongs to one run of one server: after a restart everything begins anew. (Going on with
   an old cursor was measured to skip a quarter of the keys.)
3. Of keys that are no strings the first `ELEMENTS` members are read.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import NamedTuple, Optional

from shelflife.dialects.recognition import Stored
from shelflife.live.found_keys import END, START, FoundKeys
from shelflife.live.members import read_members
from shelflife.live.pace import Pace
from shelflife.live.persistence import Persistence, RestartedError
from shelflife.stores.address import Address
from shelflife.stores.inspection import Held, Inspector, Received
from shelflife.stores.slots import SlotMap, slot_of

ELEMENTS = 1_000
_RESTARTS = 3


class Batch(NamedTuple):
    """Some entries.

    Attributes:
        entries: What lies there, with the milliseconds left (-1 for no expiry).
        keys: How many keys were visited for it.
        gone: How many of them had expired meanwhile.
        denied: How many were of a type whose command is denied, or unknown.
        anew: The server has restarted: what came before must be forgotten.
        at: When it was read, in seconds since the epoch: the milliseconds left count from there.
        resume: A cursor from where all that has not been handed out yet would still be found (and
            perhaps some that has); b"" if nothing is left.
        shard: Which server, and which slots of it: a cursor is good for that alone.
    """

    entries: list[tuple[Stored, int]]
    keys: int = 0
    gone: int = 0
    denied: int = 0
    anew: bool = False
    at: float = 0.0
    resume: bytes = START
    shard: str = ""


class Scanner:
    """Goes through all keys below a prefix, or through a random sample of them.

    Args:
        inspector: Reads the server.
        prefix: What keys begin with; b"" for all.
        pace: How fast.
        sample: How many keys, chosen at random among all; None for all.
        seed: For the choice.
        only: The slots whose keys are wanted; None for all.

    Attributes:
        start: Where to go on, from a batch of the same shard and run; not for a sample.
        shard: See `Batch`.
        slots: Which slots of a cluster the server had when the scan began.
        at: Where the server was then.
        population: How many keys there are below the prefix, as far as the scan has come.
        more_elements: How many keys have more elements than were read.
        seen_twice: How many keys may have been handed out twice.
    """

    seen_twice = 0

    def __init__(
        self,
        inspector: Inspector,
        prefix: bytes,
        pace: Pace,
        sample: Optional[int] = None,
        seed: int = 0,
        only: Optional[frozenset[int]] = None,
    ) -> None:
        self._inspector = inspector
        self._prefix = prefix
        self._pace = pace
        self._sample = sample
        self._seed = seed
        self._only = only
        self._persistence = Persistence(inspector)
        self._restarts = 0
        self.start = START
        self.population = self.more_elements = 0
        self._begin()

    @property
    def run_id(self) -> str:
        """The run of the server: cursors are good for that alone."""
        return self._persistence.run_id

    @property
    def run_ids(self) -> Mapping[str, str]:
        """The run of each server that is scanned, by its shard."""
        return {self.shard: self.run_id}

    def go_on_from(self, cursors: Mapping[str, bytes]) -> None:
        """Begin where an earlier scan of the same run ended, by its shard."""
        self.start = cursors.get(self.shard, START)

    def batches(self) -> Generator[Batch, None, None]:
        """Give all entries, in batches.

        Raises:
            ServerError: If the server fails and does not come back.
        """
        anew = False
        while True:
            try:
                for batch in self.read(self.choose()) if self._sample else self._all():
                    yield batch._replace(anew=anew, shard=self.shard)
                    anew = False
            except RestartedError as restart:
                self._begin_anew(restart)
                anew = True
            else:
                return

    def _begin(self) -> None:
        self.shard = self._inspector.shard.name
        self.slots = self._inspector.shard.slots or frozenset()
        self.at = self._inspector.shard.address

    def _begin_anew(self, restart: RestartedError) -> None:
        self._restarts += 1
        if self._restarts > _RESTARTS:
            raise restart.error from None
        self._begin()
        self.population = self.more_elements = 0
        self.start = START

    def _all(self) -> Iterator[Batch]:
        return self._read(FoundKeys(None if self.start == END else self.start))

    def _read(self, waiting: FoundKeys) -> Iterator[Batch]:
        """Give what lies under the keys that wait, and under those from the cursor on.

        The next batch is asked for before the last one is handed out: the server reads while we
        judge. Where its latency matters we wait for each answer instead, to measure it.
        """
        last = None
        while waiting.keys or waiting.cursor is not None:
            keys = waiting.take(self._pace.batch)
            more = waiting.cursor if len(waiting.keys) < self._pace.batch else None
            begun = time.monotonic()
            self._send(keys, more)
            if last is not None and self._pace.max_latency is None:
                yield last
                last = None
            received = self._receive(keys, more)
            size = sum(len(held.entry or b"") for held in received.held)
            self._pace.after(len(keys), size, time.monotonic() - begun)
            if last is not None:
                yield last
            if more is not None:
                found = self._wanted(received.keys)
                self.population += len(found)
                waiting.add(found, received.cursor)
            batch = self._sorted(keys, received.held)
            last = batch._replace(at=received.at, resume=waiting.resume)
        if last is not None:
            yield last

    def _wanted(self, keys: list[bytes]) -> list[bytes]:
        if self._only is None:
            return keys
        return [key for key in keys if slot_of(key) in self._only]

    def map_now(self) -> SlotMap:
        """Give who holds which slot of the cluster now."""
        return self._persistence.insist_on_any(self._inspector.shard.now)

    def moves(self) -> dict[int, Address]:
        """Give the slots of the server that are on their way, and to which node."""
        return self._persistence.insist_on_any(self._inspector.moves)

    def end(self) -> None:
        """Have the thread that uses it come to an end: for another thread."""
        self._persistence.end()

    def choose_till_done(self) -> list[bytes]:
        """As `choose`, beginning anew after a restart."""
        while True:
            try:
                return self.choose()
            except RestartedError as restart:
                self._begin_anew(restart)

    def choose(self) -> list[bytes]:
        """Give a random sample of keys: each is as likely as any other (reservoir sampling).

        Raises:
            ServerError: As above.
            RestartedError: The server has restarted on the way.
        """
        assert self._sample is not None, "the caller looked"
        chance = random.Random(self._seed)  # noqa: S311 - no secret depends on it
        kept: list[bytes] = []
        cursor: Optional[bytes] = START
        number = 0
        while cursor is not None:
            begun = time.monotonic()
            self._send([], cursor)
            received = self._receive([], cursor)
            self._pace.after(len(received.keys), 0, time.monotonic() - begun)
            for key in received.keys:
                number += 1
                if len(kept) < self._sample:
                    kept.append(key)
                elif (place := chance.randrange(number)) < self._sample:
                    kept[place] = key
            cursor = received.cursor
        self.population = number
        return kept

    def read(self, keys: Sequence[bytes]) -> Iterator[Batch]:
        """Give what lies under some keys.

        Raises:
            ServerError: As above.
            RestartedError: The server has restarted on the way.
        """
        for batch in self._read(FoundKeys(None, keys)):
            yield batch._replace(resume=START)  # another scan chooses anew

    def _send(self, keys: list[bytes], cursor: Optional[bytes]) -> None:
        self._persistence.insist(
            lambda: self._inspector.send(keys, self._prefix, cursor, self._pace.batch)
        )

    def _receive(self, keys: list[bytes], cursor: Optional[bytes]) -> Received:
        attempts = 0

        def attempt() -> Received:
            nonlocal attempts
            attempts += 1
            if attempts > 1:
                self._inspector.send(keys, self._prefix, cursor, self._pace.batch)
            return self._inspector.receive()

        return self._persistence.insist(attempt)

    def _sorted(self, keys: list[bytes], held: list[Held]) -> Batch:
        return self._persistence.insist(lambda: self._batch(keys, held))

    def _batch(self, keys: list[bytes], held: list[Held]) -> Batch:
        entries = []
        others = []
        for key, (entry, ttl) in zip(keys, held):
            if ttl == -2:
                continue  # gone, perhaps since its entry was read
            if entry is not None:
                entries.append((Stored(key, entry), ttl))
            else:
                others.append((key, ttl))
        gone, denied = len(keys) - len(entries) - len(others), 0
        if others:
            found = read_members(self._inspector, others, ELEMENTS)
            entries += found.entries
            gone, denied = gone + found.gone, found.denied
            self.more_elements += found.more
        return Batch(entries, len(keys), gone, denied)
