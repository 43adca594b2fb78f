"""Sends a phase's requests at the plan's pace, several at once if it says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Optional

from shelflife.rehearse.crew import Crew
from shelflife.rehearse.phases import Step
from shelflife.rehearse.plan import LogPlan
from shelflife.rehearse.running import Running, Seen


def send(
    steps: Sequence[Step],
    running: Mapping[str, Running],
    log: LogPlan,
    seen: Callable[[Seen], None],
) -> None:
    """Send requests in their order; several threads take them in turn if the plan wants that.

    Args:
        steps: What is sent to whom.
        running: The releases that run.
        log: Says the rate and how many at once.
        seen: Told of each answer; from several threads if there are some.
    """
    pace = _Pace(log.rate)
    if log.concurrency == 1:
        for step in steps:
            pace.wait()
            seen(running[step.release].ask(step.request))
        return
    crew, left, lock = Crew(), iter(steps), threading.Lock()

    def work() -> None:
        while not crew.ends.is_set():
            with lock:
                step = next(left, None)
            if step is None:
                return
            pace.wait()
            seen(running[step.release].ask(step.request))

    crew.run([work] * log.concurrency)


class _Pace:
    """At most so many requests a second."""

    def __init__(self, rate: Optional[float]) -> None:
        self._gap = 1.0 / rate if rate else 0.0
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            wanted = max(self._next, now)
            self._next = wanted + self._gap
        time.sleep(wanted - now)
