"""The phase `learn`: each release twice, each run on a copy of the cache of its own.

Rules:
1. Each request is sent once cold and once warm: the second answer shows what the release makes of
   its own entries.
2. The second run begins when the clock has moved on by more than a second, so that what shows the
   time differs between the runs, and is known to.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Optional

from shelflife.rehearse.answers import Comparer
from shelflife.rehearse.cache_server import OpenCache
from shelflife.rehearse.entries.book import Book
from shelflife.rehearse.learned import COLD, WARM
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.phases import LEARN
from shelflife.rehearse.releases import Release
from shelflife.rehearse.requests import Request
from shelflife.rehearse.running import Running, Seen
from shelflife.rehearse.trouble import CannotRehearse
from shelflife.stores.address import parse_url

RUNS = (0, 1)
_TICK = 1.1  # seconds: many services show whole ones


class Learner:
    """Runs both releases by themselves.

    Args:
        outcome: Is added to.
        open_cache: Starts a copy of the cache.
        seed_entries: The RDB file whose entries each copy begins with.
        comparer: Learns the answers.
    """

    def __init__(
        self,
        outcome: Outcome,
        open_cache: OpenCache,
        seed_entries: Optional[Path],
        comparer: Comparer,
    ) -> None:
        self._outcome = outcome
        self._open_cache = open_cache
        self._seed_entries = seed_entries
        self._comparer = comparer
        self._releases = tuple(outcome.releases.values())
        self._kept: list[tuple[Seen, str]] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def learn(self) -> None:
        """Send each request twice to two runs of both releases.

        Raises:
            CannotRehearse: If a service cannot be started, ends, or answers only errors.
        """
        learned, kinds = self._outcome.learned, self._outcome.kinds
        names = [release.name for release in self._releases]
        total = len(RUNS) * len(names) * 2 * len(self._outcome.distinct)
        with self._outcome.courses.follow(LEARN, names, total):
            for runs in self._turns():
                self._run_side_by_side(runs)
        for name in names:
            if learned.only_errors(name):
                raise CannotRehearse(_only_errors(name, self._kept))
        kinds.learn(learned.all_places())
        for seen, again in self._kept:
            learned.note_entries(seen, again, kinds)
        self._kept.clear()
        self._comparer.settle()

    def _turns(self) -> list[list[tuple[Release, int]]]:
        """Give what runs side by side; with a port of its own a release runs once at a time."""
        if not any(release.fixed_port for release in self._releases):
            return [[(release, run) for run in RUNS for release in self._releases]]
        return [[(release, run)] for run in RUNS for release in self._releases]

    def _run_side_by_side(self, runs: Sequence[tuple[Release, int]]) -> None:
        errors: list[BaseException] = []
        with ExitStack() as stack:
            threads = []
            for release, run in runs:
                running = stack.enter_context(self._start(release, run, stack))
                words = (running, run, errors)
                threads.append(threading.Thread(target=self._work, args=words, daemon=True))
            try:
                for thread in threads:
                    thread.start()
                for thread in threads:
                    while thread.is_alive():
                        thread.join(0.2)  # a signal is seen in between
            finally:
                self._stop.set()
                for thread in threads:
                    if thread.ident is not None:
                        thread.join()
                self._stop.clear()
        if errors:
            raise errors[0]

    def _start(self, release: Release, run: int, stack: ExitStack) -> Running:
        server = stack.enter_context(self._open_cache(self._seed_entries, False))
        address, _ = parse_url(server.url, {})
        book = Book()
        book.phase = LEARN
        log = self._outcome.plan.log
        return Running(release, address, book, log, f"{release.name}-alone-{run}")

    def _work(self, running: Running, run: int, errors: list[BaseException]) -> None:
        try:
            self._stop.wait(_TICK * run)
            for again in (COLD, WARM):
                for request in self._outcome.distinct:
                    if self._stop.is_set():
                        return
                    self._note(running.ask(request), run, again)
                    if running.has_ended:
                        raise CannotRehearse(_has_ended(running, request))
                if again == COLD:
                    self._stop.wait(_TICK)
        except BaseException as error:  # noqa: BLE001 - handed over to whoever waits
            errors.append(error)
            self._stop.set()

    def _note(self, seen: Seen, run: int, again: str) -> None:
        self._comparer.learn(seen.request, seen.release, run, seen.answer)
        self._outcome.learned.add(seen, run)
        if run == 0:
            with self._lock:
                self._kept.append((_light(seen), again))
        self._outcome.courses.add(seen, bad=seen.answer.is_error)


def _light(seen: Seen) -> Seen:
    return seen._replace(answer=seen.answer._replace(body=b"", headers=()))


def _has_ended(running: Running, request: Request) -> str:
    service = running.service
    log = "".join(f"\n  {line}" for line in service.log.tail[-5:])
    return (
        f"[{service.name}] ended by itself (exit code {service.ended}) at {request.method} "
        f"{request.shown}, on a cache of its own: mend it first{log}"
    )


def _only_errors(name: str, kept: Sequence[tuple[Seen, str]]) -> str:
    mine = [seen for seen, _ in kept if seen.release == name]
    bad = mine[0]
    told = bad.answer.error or f"status {bad.answer.status}"
    why = f", {bad.exceptions[0]}" if bad.exceptions else ""
    log = "".join(f"\n  {line}" for line in bad.log[-5:])
    return (
        f"[{name}] answers only errors, on a cache of its own as well (the first: {told}{why}). "
        "Mend the service or its `command`, `cwd` and `env`; or does the log belong to another "
        f"service?{log}"
    )
