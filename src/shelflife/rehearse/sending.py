"""Sends a phase's requests at the plan's pace, several at once if it says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Optional

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
    crew = _Crew(steps, running, pace, seen)
    crew.run(log.concurrency)


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


class _Crew:
    """Threads that take steps from one list."""

    def __init__(
        self,
        steps: Sequence[Step],
        running: Mapping[str, Running],
        pace: _Pace,
        seen: Callable[[Seen], None],
    ) -> None:
        self._steps = iter(steps)
        self._running = running
        self._pace = pace
        self._seen = seen
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._errors: list[BaseException] = []

    def run(self, count: int) -> None:
        """Have so many threads work until nothing is left; an interruption ends them all."""
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)  # a signal is seen in between
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        if self._errors:
            raise self._errors[0]

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                with self._lock:
                    step = next(self._steps, None)
                if step is None:
                    return
                self._pace.wait()
                self._seen(self._running[step.release].ask(step.request))
        except BaseException as error:  # noqa: BLE001 - handed over to whoever waits
            self._errors.append(error)
            self._stop.set()
