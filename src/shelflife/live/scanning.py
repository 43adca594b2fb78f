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
from shelflife.stores.inspection import Inspector

BATCH = 500
ELEMENTS = 1_000
_SMALLEST = 10
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
    """

    entries: list[tuple[Stored, int]]
    keys: int = 0
    gone: int = 0
    denied: int = 0
    anew: bool = False


class Pace:
    """Keeps to a rate, and gives way to a server that is slow to answer.

    Args:
        rate: Entries a second; None for no bound.
        max_latency: Seconds that a round trip may take; None for no bound.
    """

    def __init__(self, rate: Optional[float], max_latency: Optional[float]) -> None:
        self._rate = rate
        self._max_latency = max_latency
        self._due = time.monotonic()
        most = BATCH if rate is None else max(1, min(BATCH, int(rate / 5)))
        self._most = self.batch = most

    def after(self, entries: int, seconds: float) -> None:
        """Wait as long as is due after a batch that took so long to come."""
        if self._max_latency is not None:
            if seconds > self._max_latency:
                self.batch = max(min(_SMALLEST, self._most), self.batch // 2)
                time.sleep(min(1.0, 4 * seconds))
            else:
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
    """

    def __init__(
        self,
        inspector: Inspector,
        prefix: bytes,
        pace: Pace,
        sample: Optional[int] = None,
        seed: int = 0,
    ) -> None:
        self._inspector = inspector
        self._prefix = prefix
        self._pace = pace
        self._sample = sample
        self._seed = seed
        self._run_id = inspector.facts().run_id
        self.population = 0
        self.more_elements = 0

    def batches(self) -> Iterator[Batch]:
        """Give all entries, in batches.

        Raises:
            ServerError: If the server fails and does not come back.
        """
        anew = False
        while True:
            try:
                for keys in self._chosen() if self._sample else self._all():
                    batch = self._read(keys)
                    yield batch._replace(anew=anew)
                    anew = False
            except _RestartedError:
                self.population = 0
                anew = True
            else:
                return

    def _all(self) -> Iterator[Sequence[bytes]]:
        """Give the keys that SCAN gives, in lists of a batch's size at most."""
        cursor = b"0"
        while True:
            cursor, keys = self._again(cursor)
            self.population += len(keys)
            while keys:
                batch, keys = keys[: self._pace.batch], keys[self._pace.batch :]
                yield batch
            if cursor == b"0":
                return

    def _chosen(self) -> Iterator[Sequence[bytes]]:
        """Give a random sample: each key is as likely as any other (reservoir sampling)."""
        assert self._sample is not None, "the caller looked"
        chance = random.Random(self._seed)  # noqa: S311 - no secret depends on it
        kept: list[bytes] = []
        number = 0
        for keys in self._all():
            for key in keys:
                number += 1
                if len(kept) < self._sample:
                    kept.append(key)
                elif (place := chance.randrange(number)) < self._sample:
                    kept[place] = key
        while kept:
            yield kept[: self._pace.batch]
            kept = kept[self._pace.batch :]

    def _again(self, cursor: bytes) -> tuple[bytes, list[bytes]]:
        try:
            return self._inspector.scan(self._prefix, cursor, self._pace.batch)
        except ServerError as error:
            self._come_back(error)
            return self._inspector.scan(self._prefix, cursor, self._pace.batch)

    def _read(self, keys: Sequence[bytes]) -> Batch:
        try:
            return self._read_once(keys)
        except ServerError as error:
            self._come_back(error)
            return self._read_once(keys)

    def _read_once(self, keys: Sequence[bytes]) -> Batch:
        begun = time.monotonic()
        held = self._inspector.read(keys)
        entries = []
        others = []
        for key, (entry, ttl) in zip(keys, held):
            if entry is not None:
                entries.append((Stored(key, entry), ttl))
            elif ttl != -2:
                others.append((key, ttl))
        gone, denied = len(keys) - len(entries) - len(others), 0
        if others:
            lost, denied = self._read_others(others, entries)
            gone += lost
        self._pace.after(len(keys), time.monotonic() - begun)
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
            if run_id != self._run_id or not run_id:
                self._run_id = run_id
                raise _RestartedError
            return
        raise error


class _RestartedError(Exception):
    """The server has been started again, or may have been."""
