"""Changing a live cache without being felt: how much at a time, how fast, and when to wait.

Rules:
1. A batch is as large as `batch_seconds` allows, and never so large that the rate would burst.
2. It waits while any bound to pause above is crossed, the pause file exists or a signal asks for
   it, and goes on when nothing does.
3. It stops when any bound to abort above is crossed, or the origin suffers.
4. A bound on what a server does not say is refused at the start: never left out in silence.
5. A stop that is asked for is noticed within a fifth of a second, whatever it waits for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Optional

from shelflife.errors import ConfigurationError
from shelflife.live.health import Health, Seen
from shelflife.live.origin import Origin
from shelflife.live.stopping import Stopping

MOST = 500
RAMP_SECONDS = 60.0
RAMP_FROM = 0.1
_FIRST = 32
_SLICE = 0.1  # seconds of a rate that a batch may hold, and that may be caught up on
_NAP = 0.1
_UNREACHABLE = 30.0  # seconds to wait for a server; the next batch says what is wrong with it


class Critical(Exception):
    """Going on would do harm, and nothing is half done; the message says why and what to do."""


@dataclass(frozen=True)
class Thresholds:
    """Bounds on how the servers are; None for no bound.

    Attributes:
        latency: Seconds of a PING's round trip.
        ops: Commands a second of one server (instantaneous_ops_per_sec).
        lag: Seconds that a replica is behind.
        memory: Used memory as a fraction of maxmemory.
    """

    latency: Optional[float] = None
    ops: Optional[float] = None
    lag: Optional[float] = None
    memory: Optional[float] = None

    def given(self) -> dict[str, float]:
        """Give the bounds that there are, by name."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Gentleness:
    """How gently to change entries.

    Attributes:
        rate: Changed entries a second; None for no bound.
        ramp: The same, but it begins at a tenth and rises to it over a minute.
        batch_seconds: How long a batch of changes should take.
        pause_above: Bounds to wait above.
        abort_above: Bounds to stop above.
        pause_file: It waits while this file exists.
        origin: A command or an http(s):// URL that says whether the origin suffers.
        origin_every: Seconds between two questions to it.
    """

    rate: Optional[float] = None
    ramp: Optional[float] = None
    batch_seconds: float = 0.05
    pause_above: Thresholds = field(default_factory=Thresholds)
    abort_above: Thresholds = field(default_factory=Thresholds)
    pause_file: Optional[Path] = None
    origin: Optional[str] = None
    origin_every: float = 5.0


def most_at_a_time(gentleness: Gentleness) -> int:
    """Give how many entries a batch has at most, once a ramp is over."""
    rates = [rate for rate in (gentleness.rate, gentleness.ramp) if rate is not None]
    return max(1, int(min([MOST, *(rate * _SLICE for rate in rates)])))


class Throttle:
    """Holds batches of changes to a gentleness. A context manager: `close` ends its questions.

    Args:
        gentleness: How gently.
        health: How the servers are; looked at only if there are bounds, and closed with this.
        stopping: Whether somebody asked to stop, or to pause.
        say: Told why it pauses, and "" when it goes on.

    Attributes:
        paused: Seconds spent pausing, in all.
        why: The same, by reason: latency, ops, lag, memory, server, file, signal.

    Raises:
        ConfigurationError: If there is a bound on what a server does not say, or no such command.
        ServerError: If there are bounds and a server cannot be asked.
    """

    def __init__(
        self,
        gentleness: Gentleness,
        health: Health,
        stopping: Stopping,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._gentleness = gentleness
        self._pause_above = gentleness.pause_above.given()
        self._abort_above = gentleness.abort_above.given()
        self._health = health
        self._stopping = stopping
        self._say = say
        self._origin = gentleness.origin and Origin(gentleness.origin, gentleness.origin_every)
        self._size = float(_FIRST)
        self._begun: Optional[float] = None
        self._due = 0.0
        self._failing_since: Optional[float] = None
        self.paused = 0.0
        self.why: dict[str, float] = {}
        if self._pause_above or self._abort_above:
            _check({**self._pause_above, **self._abort_above}, health.first())

    @property
    def batch(self) -> int:
        """How many changes the next batch may have."""
        rate = self._rate()
        most = MOST if rate is None else min(MOST, rate * _SLICE)
        return max(1, int(min(self._size, most)))

    def before_batch(self) -> None:
        """Wait as long as there is a reason to.

        Raises:
            Critical: A bound to abort above is crossed, or the origin suffers.
            Stopped: Somebody asked to stop.
        """
        self._stopping.check()
        self._look_out()
        reason = next(self._reasons(), None)
        if reason is not None:
            self._pause(reason)
        if self._begun is None:
            self._begun = self._due = time.monotonic()

    def after_batch(self, entries: int, seconds: float) -> None:
        """Learn from a batch that changed so many entries, and wait as long as the rate asks for.

        Args:
            entries: How many were changed.
            seconds: How long that took.
        """
        if entries <= 0:
            return
        fitting = entries * self._gentleness.batch_seconds / max(seconds, 1e-6)
        self._size = max(1.0, min(float(MOST), fitting, 2 * max(self._size, 1.0)))
        rate = self._rate()
        if rate is None:
            return
        self._due = max(self._due, time.monotonic() - seconds - _SLICE) + entries / rate
        while not self._stopping.asked and (left := self._due - time.monotonic()) > 0:
            time.sleep(min(left, _NAP))

    def close(self) -> None:
        """Ask nobody any more."""
        self._health.close()
        if self._origin:
            self._origin.close()

    def __enter__(self) -> Throttle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rate(self) -> Optional[float]:
        """Give how many entries a second it may be now. Time spent pausing is none of a ramp's."""
        rate, ramp = self._gentleness.rate, self._gentleness.ramp
        if ramp is None:
            return rate
        passed = 0.0 if self._begun is None else time.monotonic() - self._begun - self.paused
        share = RAMP_FROM + (1 - RAMP_FROM) * min(1.0, max(0.0, passed) / RAMP_SECONDS)
        return ramp * share if rate is None else min(rate, ramp * share)

    def _look_out(self) -> None:
        """Stop where going on would do harm."""
        if self._abort_above:
            crossed = next(_crossed(self._abort_above, self._health.look()), None)
            if crossed is not None:
                raise Critical(
                    f"{crossed[1]}, which is critical: stopped before the next batch. Go on "
                    "when the server is well again"
                )
        if not self._origin:
            return
        while not self._origin.has_answered(_NAP):
            self._stopping.check()
        complaint = self._origin.complaint()
        if complaint:
            raise Critical(
                f"the origin suffers ({complaint}): stopped before the next batch. Go on "
                "when it is well again, and more slowly"
            )

    def _reasons(self) -> Iterator[tuple[str, str]]:
        """Give why to wait: a name, and a sentence."""
        if self._stopping.paused:
            yield "signal", "a signal asked for it (SIGUSR2 goes on)"
        file = self._gentleness.pause_file
        if file is not None and file.exists():
            yield "file", f"the pause file exists ({file})"
        if self._pause_above or self._abort_above:
            seen = self._health.look()
            if self._is_worth_waiting(seen):
                yield "server", f"a server cannot be asked ({seen.problem})"
            yield from _crossed(self._pause_above, seen)

    def _is_worth_waiting(self, seen: Seen) -> bool:
        """Whether a server cannot be asked, and that not for long yet."""
        if not seen.problem:
            self._failing_since = None
            return False
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        return now - self._failing_since < _UNREACHABLE

    def _pause(self, reason: Optional[tuple[str, str]]) -> None:
        """Wait while there are reasons, and begin small again after it."""
        said = ""
        try:
            while reason is not None:
                name, sentence = reason
                if sentence != said:
                    self._say(sentence)
                    said = sentence
                begun = time.monotonic()
                time.sleep(_NAP)
                self._count(name, time.monotonic() - begun)
                self._stopping.check()
                self._look_out()
                reason = next(self._reasons(), None)
        finally:
            self._say("")
        self._size = min(self._size, float(_FIRST))

    def _count(self, name: str, seconds: float) -> None:
        self.paused += seconds
        self.why[name] = self.why.get(name, 0.0) + seconds


def _crossed(bounds: dict[str, float], seen: Seen) -> Iterator[tuple[str, str]]:
    """Give each bound that is crossed: its name, and a sentence."""
    for name, bound in bounds.items():
        value = getattr(seen, name)
        if value is not None and value > bound:
            yield name, _SENTENCES[name](value, bound)


_SENTENCES: dict[str, Callable[[float, float], str]] = {
    "latency": lambda value, bound: (
        f"a PING takes {value * 1000:,.1f} ms, more than {bound * 1000:g} ms"
    ),
    "ops": lambda value, bound: f"a server runs {value:,.0f} commands/s, more than {bound:,g}",
    "lag": lambda value, bound: f"a replica is {value:.1f} s behind, more than {bound:g} s",
    "memory": lambda value, bound: f"memory is {value:.1%} full, more than {bound:.1%}",
}
_MISSING = {
    "ops": "instantaneous_ops_per_sec",
    "lag": "master_repl_offset and the lag of its replicas",
    "memory": "used_memory and a maxmemory that is not 0",
}


def _check(bounds: dict[str, float], seen: Seen) -> None:
    for name in bounds:
        if name in seen.unknown:
            raise ConfigurationError(
                f"there is a bound on {name}, but a server's INFO is denied or does not say "
                f"{_MISSING[name]}: leave that bound out, or allow INFO"
            )
