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
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Optional

from shelflife.dialects.recognition import Stored
from shelflife.errors import ServerError
from shelflife.live.found_keys import END, START, FoundKeys
from shelflife.stores.inspection import Held, Inspector, Received

BATCH = 500
ELEMENTS = 1_000
_FIRST = 32
_SMALLEST = 10
_VOLUME = 8 << 20  # bytes a batch should not exceed: two are in memory at a time
_RESTARTS = 3
_PAUSES = (0.2, 1.0, 3.0)  # seconds before each attempt to connect again
_PASSING = frozenset({"closed", "timeout", "refused", "loading"})


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


class Pace:
    """Keeps to a rate, to batches that memory can hold, and gives way to a server that is slow.

    Args:
        rate: Entries a second; None for no bound.
        max_latency: Seconds that a round trip may take; None for no bound.
    """

    def __init__(self, rate: Optional[float], max_latency: Optional[float]) -> None:
        self._rate = rate
        self.max_latency = max_latency
        self._due = time.monotonic()
        self._most = BATCH if rate is None else max(1, min(BATCH, int(rate / 5)))
        self.batch = min(_FIRST, self._most)

    def after(self, entries: int, size: int, seconds: float) -> None:
        """Wait as long as is due after a batch of so many bytes that took so long to come."""
        if self.max_latency is not None and seconds > self.max_latency:
            self.batch = max(min(_SMALLEST, self._most), self.batch // 2)
            time.sleep(min(1.0, 4 * seconds))
        elif size > _VOLUME:
            self.batch = max(1, self.batch * _VOLUME // size)
        elif 2 * size < _VOLUME:
            self.batch = min(self._most, self.batch * 2)
        if self._rate is not None:
            now = time.monotonic()
            self._due = max(self._due, now - 1.0) + entries / self._rate
            if self._due > now:
                time.sleep(self._due - now)


class Scanner:
    """Goes through all keys below a prefix, or through a random sample of them.

    Args:
        inspector: Reads the server.
        prefix: What keys begin with; b"" for all.
        pace: How fast.
        sample: How many keys, chosen at random among all; None for all.
        seed: For the choice.
        start: Where to go on, from a batch of the same shard and run; not for a sample.

    Attributes:
        shard: See `Batch`.
        run_id: The run of the server: cursors are good for that alone.
        population: How many keys there are below the prefix, as far as the scan has come.
        more_elements: How many keys have more elements than were read.
    """

    def __init__(
        self,
        inspector: Inspector,
        prefix: bytes,
        pace: Pace,
        sample: Optional[int] = None,
        seed: int = 0,
        start: bytes = START,
    ) -> None:
        self._inspector = inspector
        self._prefix = prefix
        self._pace = pace
        self._sample = sample
        self._seed = seed
        self.start = start
        self.shard = inspector.shard.name
        self.run_id = inspector.facts().run_id
        self.population = 0
        self.more_elements = 0

    def batches(self) -> Iterator[Batch]:
        """Give all entries, in batches.

        Raises:
            ServerError: If the server fails and does not come back.
        """
        anew = False
        restarts = 0
        while True:
            try:
                for batch in self._sampled() if self._sample else self._all():
                    yield batch._replace(anew=anew, shard=self.shard)
                    anew = False
            except _RestartedError as restart:
                restarts += 1
                if restarts > _RESTARTS:
                    raise restart.error from None
                self.population = self.more_elements = 0
                self.start = START
                anew = True
            else:
                return

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
                self.population += len(received.keys)
                waiting.add(received.keys, received.cursor)
            last = self._sorted(keys, received.held)._replace(at=time.time(), resume=waiting.resume)
        if last is not None:
            yield last

    def _sampled(self) -> Iterator[Batch]:
        """Read a random sample: each key is as likely as any other (reservoir sampling)."""
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
        for batch in self._read(FoundKeys(None, kept)):
            yield batch._replace(resume=START)  # another scan chooses anew

    def _send(self, keys: list[bytes], cursor: Optional[bytes]) -> None:
        try:
            self._inspector.send(keys, self._prefix, cursor, self._pace.batch)
        except ServerError as error:
            self._come_back(error)
            self._inspector.send(keys, self._prefix, cursor, self._pace.batch)

    def _receive(self, keys: list[bytes], cursor: Optional[bytes]) -> Received:
        try:
            return self._inspector.receive()
        except ServerError as error:
            self._come_back(error)
            self._inspector.send(keys, self._prefix, cursor, self._pace.batch)
            return self._inspector.receive()

    def _sorted(self, keys: list[bytes], held: list[Held]) -> Batch:
        try:
            return self._batch(keys, held)
        except ServerError as error:
            self._come_back(error)
            return self._batch(keys, held)

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
            lost, denied = self._read_others(others, entries)
            gone += lost
        return Batch(entries, len(keys), gone, denied)

    def _read_others(
        self, keys: Sequence[tuple[bytes, int]], entries: list[tuple[Stored, int]]
    ) -> tuple[int, int]:
        """Read keys that are no strings; give how many were gone, and how many could not be."""
        gone = denied = 0
        types = self._inspector.types([key for key, _ in keys])
        for (key, ttl), kind in zip(keys, types):
            if kind in {"none", "string"}:
                gone += 1
                continue
            try:
                found = list(self._inspector.elements(key, kind, ELEMENTS + 1))
            except ServerError as error:
                if error.kind in _PASSING:
                    raise
                denied += 1
                continue
            self.more_elements += len(found) > ELEMENTS
            denied += not found  # a type of a module
            entries += [(Stored(key, raw, kind, field), ttl) for field, raw in found[:ELEMENTS]]
        return gone, denied

    def _come_back(self, error: ServerError) -> None:
        """Connect again; raise `_RestartedError` if the server is not the same run."""
        if error.kind not in _PASSING:
            raise error
        for pause in _PAUSES:
            time.sleep(pause)
            try:
                self._inspector.connect()
                run_id = self._inspector.facts().run_id
            except ServerError:
                continue
            if run_id != self.run_id or not run_id:
                self.run_id = run_id
                raise _RestartedError(error)
            return
        raise error


class _RestartedError(Exception):
    """The server has been started again, or may have been, after this error."""

    def __init__(self, error: ServerError) -> None:
        super().__init__(error)
        self.error = error
