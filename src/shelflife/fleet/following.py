"""What one cache of a fleet writes with: as the fleet decided, while that is known to be fresh.

Rules:
1. What was decided holds for `LEASE` seconds from before the registry was asked. After that the
   fallback is written, until the registry answers again: a process that was stopped or cut off
   writes nothing that was decided against meanwhile.
2. A write costs a look at a clock more than without a fleet, and nothing else.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Callable, Optional, Protocol

from shelflife.errors import ConfigurationError
from shelflife.fleet.deciding import Decision, Reader, decide
from shelflife.fleet.registry import Registry
from shelflife.fleet.tally import Tally
from shelflife.floors import Floor

LEASE = 1.0
_MOST_WRITERS = 8

logger = logging.getLogger("shelflife")


class Writes(Protocol):
    """Makes entries of values."""

    def write(self, value: Any) -> bytes:
        """Give the entry for a value."""


Tell = Callable[[str, str], None]
"""Is told a reason and a sentence."""


class Follower:
    """The writer of one cache, which follows its fleet.

    Args:
        reach: What the cache reads.
        minimum: What its fleet reads at least.
        make_writer: Gives a writer for a floor.
        tell: Told when what is written changes, and why.
        fixed: The floor of a cache that is in the fleet and does not follow it.
    """

    def __init__(
        self,
        reach: Floor,
        minimum: Floor,
        make_writer: Callable[[Floor], Writes],
        tell: Tell,
        *,
        fixed: bool = False,
    ) -> None:
        self.reach = reach
        self.minimum = minimum
        self.fixed = fixed
        self.has_followed = False
        self.wake: Callable[[], None] = lambda: None
        self.sample: Callable[[], None] = lambda: None  # called now and then: look at a few reads
        self.tally: Optional[Tally] = None
        self._make_writer = make_writer
        self._tell = tell
        self._writers: dict[Floor, Writes] = {}
        self._decided = minimum
        self._fallback = minimum
        self._troubles: frozenset[str] = frozenset()
        self._lapsed = False
        # Until when, and with what: one attribute, so that no write sees half a change.
        self._current = (float("inf") if fixed else float("-inf"), self._writer(minimum).write)

    @property
    def floor(self) -> Floor:
        """What is written right now."""
        return self._decided if time.monotonic() < self._current[0] else self._fallback

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `EntryWriter.write`."""
        until, write = self._current
        if time.monotonic() < until:
            return write(value)
        return self._write_fallback(value)

    def renew(self, asked_at: float) -> None:
        """Take note that nothing had changed when the registry was asked."""
        if not self.fixed:
            self._current = (asked_at + LEASE, self._current[1])
            self._lapsed = False

    def follow(self, registry: Registry, readers: list[Reader], asked_at: float) -> None:
        """Write what the fleet decides."""
        self.has_followed = True
        if self.fixed:
            return
        decision = decide(registry, readers, self.minimum)
        try:
            writer = self._writer(decision.floor)
            self._writer(decision.fallback)
        except ConfigurationError as error:
            self.trouble("conflict", f"the floor {decision.floor} cannot be written: {error}")
            self._drop(asked_at)
            return
        before, self._decided = self._decided, decision.floor
        self._fallback = decision.fallback
        self._current = (asked_at + LEASE, writer.write)
        self._lapsed = False
        if before != decision.floor:
            self._tell("changed", f"written for {decision.floor} instead of {before}")
        self._tell_troubles(registry, decision)

    def trouble(self, reason: str, detail: str) -> None:
        """Tell what keeps the registry from being followed, once until it is followed again."""
        if reason not in self._troubles:
            self._troubles |= {reason}
            self._tell(reason, detail)

    def _drop(self, asked_at: float) -> None:
        self._decided = self._fallback = self.minimum
        self._current = (asked_at + LEASE, self._writer(self.minimum).write)

    def _tell_troubles(self, registry: Registry, decision: Decision) -> None:
        troubles = {}
        if registry.problems:
            fields = ", ".join(f"{problem.field} ({problem.why})" for problem in registry.problems)
            troubles["corrupt"] = f"not believed in the registry: {fields[:300]}"
        if decision.conflict:
            troubles["conflict"] = "nothing that may be written is read by all: see the status"
        for reason, detail in troubles.items():
            self.trouble(reason, detail)
        self._troubles = frozenset(troubles)

    def _write_fallback(self, value: Any) -> bytes:
        if not self._lapsed:
            self._lapsed = True
            self.wake()
            if self._current[0] > 0:  # it was known once
                self._tell("lapsed", f"the fleet is out of reach: written for {self._fallback}")
        return self._writer(self._fallback).write(value)

    def _writer(self, floor: Floor) -> Writes:
        writer: Optional[Writes] = self._writers.get(floor)
        if writer is None:
            if len(self._writers) >= _MOST_WRITERS:
                self._writers = {}
            writer = self._writers[floor] = self._make_writer(floor)
        return writer
