"""The gate itself: one look at what the last hour counted, or a watch over what is counted now.

Rules:
1. A watch ends with the first check that can no longer recover; one that might, fails if it fails
   three times in a row, or at the end.
2. A server that is away for a moment is asked again; one that is away at the end is an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.fleet.counts import HOUR, Counts, read_counts
from shelflife.fleet.liveness import Observer
from shelflife.fleet.records import Member
from shelflife.fleet.reporting import KEPT
from shelflife.fleet.sight import Sight, look
from shelflife.live.gate.checking import check_all, result_of
from shelflife.live.gate.evidence import Evidence, release_to_go_back_to
from shelflife.live.gate.terms import Check, Result, Thresholds

_YOUNG = 900.0  # seconds; before, an hour has too little to say, and the last one counts as well
_IN_A_ROW = 3


@dataclass(frozen=True)
class Question:
    """What a gate is asked.

    Attributes:
        fleet: Of whom.
        step: What is about to be done: "promote" or "rollback".
        target: The release to go back to, if the user names one.
        thresholds: What may be.
        skipped: Checks that are left out.
    """

    fleet: str
    step: str
    target: Optional[str] = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    skipped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """What came of it.

    Attributes:
        evidence: What it rests on.
        checks: Each of them.
        watched: Whether it was watched, or read from the last hour.
    """

    evidence: Evidence
    checks: list[Check]
    watched: bool

    @property
    def result(self) -> Result:
        """All checks together."""
        return result_of(self.checks)


Progress = Callable[[float, list[Check]], None]
"""Is told how many seconds have passed, and what the checks say so far."""


class Gate:
    """Asks one question about one fleet.

    Args:
        question: What.
        run: Runs a command at a store.
    """

    def __init__(self, question: Question, run: Callable[[Any], Any]) -> None:
        self._question = question
        self._run = run
        self._observer = Observer()
        self._target: Optional[str] = None

    def look(self) -> Answer:
        """Decide by what was counted in this hour; early in it, in the one before as well.

        Raises:
            ConfigurationError: If the question cannot be asked.
            ServerError: If the server cannot be asked.
        """
        sight = self._sight()
        now = sight.now
        into = now % HOUR
        begin = now - into - (HOUR if into < _YOUNG else 0.0)
        evidence = self._evidence(
            sight,
            window=self._counts(_hours(begin, now)),
            before=self._counts([begin - HOUR]),
            started_at=begin,
            share=1.0,
        )
        return Answer(evidence, self._check(evidence), watched=False)

    def watch(
        self,
        seconds: float,
        progress: Progress,
        *,
        every: float = 5.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> Answer:
        """Decide by what is counted from now on.

        Args:
            seconds: For how long.
            progress: Told how it goes.
            every: How often to look.
            pause: Waits.

        Raises:
            ConfigurationError: If the question cannot be asked.
            ServerError: If the server cannot be asked at the beginning, or at the end.
        """
        sight = self._sight()
        start, began = sight.now, time.monotonic()
        base, before = self._counts([start]), self._counts([start - HOUR])
        failing: dict[str, int] = {}
        while True:
            passed = time.monotonic() - began
            pause(max(0.0, min(every, seconds - passed)))
            passed = time.monotonic() - began
            share = min(1.0, passed / seconds)
            try:
                evidence = self._since(start, base, before, share, sight.alive)
            except ServerError:
                if share >= 1:
                    raise
                continue
            checks = self._check(evidence)
            progress(passed, checks)
            failed = {check.name for check in checks if check.result is Result.FAIL}
            failing = {name: failing.get(name, 0) + 1 for name in failed}
            settled = any(check.is_settled for check in checks if check.name in failed)
            if share >= 1 or settled or _IN_A_ROW in failing.values():
                return Answer(evidence, checks, watched=True)

    def _since(
        self, start: float, base: Counts, before: Counts, share: float, present: dict[str, Member]
    ) -> Evidence:
        sight = self._sight()
        window = self._counts(_hours(start, sight.now)).since(base)
        return self._evidence(
            sight, window=window, before=before, started_at=start, share=share, present=present
        )

    def _evidence(
        self,
        sight: Sight,
        *,
        window: Counts,
        before: Counts,
        started_at: float,
        share: float,
        present: Optional[dict[str, Member]] = None,
    ) -> Evidence:
        if self._target is None:  # and then it stays the same, whoever ends meanwhile
            self._target = release_to_go_back_to(sight, self._question.target)
        target = self._target
        live = {member.release for member in sight.alive.values()}
        return Evidence(
            step=self._question.step,
            sight=sight,
            window=window,
            before=before,
            lately=self._lately(sight) if target is not None and target not in live else Counts(),
            seconds=max(0.0, sight.now - started_at),
            share=share,
            started_at=started_at,
            target=target,
            present=present or {},
            thresholds=self._question.thresholds,
        )

    def _lately(self, sight: Sight) -> Counts:
        """Give what was counted since the floor was committed, as far as it is kept."""
        commit = sight.registry.commit
        return self._counts(_hours(commit.at or 0.0 if commit else 0.0, sight.now))

    def _sight(self) -> Sight:
        return look(self._question.fleet, self._run, self._observer)

    def _counts(self, moments: Iterable[float]) -> Counts:
        return read_counts(self._question.fleet, moments, self._run)

    def _check(self, evidence: Evidence) -> list[Check]:
        skipped: Collection[str] = self._question.skipped
        return check_all(evidence, skipped)


def _hours(begin: float, end: float) -> list[float]:
    """Give a moment of each hour from one to another, as far back as counts are kept."""
    begin = max(begin, end - KEPT)
    return [*(begin + number * HOUR for number in range(int((end - begin) // HOUR) + 1)), end]
