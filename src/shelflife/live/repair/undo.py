"""Undo: what a journal says was changed gets its old bytes back, unless somebody has written since.

Rules:
1. Last batch first, so that an entry that was changed twice ends as it was before both.
2. What was converted gets its old bytes only while it has the new ones, and keeps the expiry it
   has. What was removed comes back only while nothing is there, with the expiry it would have had
   by now.
3. What becomes of each batch is written to the same journal: an undo that was killed is run again,
   and goes on. What has its old bytes back already is left as it is, and what failed is tried
   again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Stored
from shelflife.errors import ServerError
from shelflife.live.repair.applying import carry_out, ends_the_run, look, outcome_of
from shelflife.live.repair.execution import Step, no_step
from shelflife.live.repair.frames import Kind
from shelflife.live.repair.journal import NO_EXPIRY, Journal, Kept, digest_of
from shelflife.live.repair.resuming import has_expired
from shelflife.live.repair.summary import LETTERS, NOT_DONE, Summary, letter_of
from shelflife.live.throttle import Throttle
from shelflife.stores.changer import Changer
from shelflife.stores.changes import Change

_DONE, _FAILED = letter_of("done"), letter_of("failed")


class Undo:
    """Takes back what a journal holds.

    Args:
        journal: Settled, so that it is known what became of every batch.
        changer: Looks at entries, and changes them.
        summary: Where everything is counted.
        throttle: Says when, and how many at a time; None for a plan, which changes nothing.
        reads: The dialect of the service's reader, if it was named.
        on_step: Told of each step: "undo written", and those of the changer.
        clock: How many seconds the server's clock is ahead of ours.
    """

    def __init__(
        self,
        journal: Journal,
        changer: Changer,
        summary: Summary,
        throttle: Optional[Throttle],
        reads: Optional[str] = None,
        on_step: Step = no_step,
        clock: float = 0.0,
    ) -> None:
        self._journal = journal
        self._changer = changer
        self._summary = summary
        self._throttle = throttle
        self._reads = reads
        self._on_step = on_step
        self._clock = clock

    def run(self, progress: Callable[[int], None]) -> None:
        """Go through the journal, last batch first.

        Args:
            progress: Told how many batches are through.

        Raises:
            ServerError: The servers failed, or will refuse whatever follows.
            Critical: Something said that this must not go on.
            Stopped: Somebody asked to stop.
            OSError: The journal cannot be written.
        """
        if self._throttle is not None:
            self._journal.note(Kind.UNDO_BEGUN, {})
            self._journal.sync()
        for number in range(self._journal.batches, 0, -1):
            batch = list(self._changed(number))
            self._summary.learn([kept.key for kept in batch])
            before = self._journal.undone(number)
            if before is None or _FAILED in before:
                self._undo(number, batch)
            elif self._throttle is not None:
                self._count(batch, [LETTERS[letter] for letter in before])
            else:
                self._summary.nothing_to_do += len(batch)
            progress(self._journal.batches - number + 1)
        if self._throttle is not None:
            self._journal.note(Kind.UNDO_FINISHED, {})
            self._journal.sync()

    def _changed(self, number: int) -> Iterator[Kept]:
        """Give what a batch has changed."""
        both = zip(self._journal.batch(number), self._journal.outcomes(number))
        return (kept for kept, outcome in both if outcome == _DONE)

    def _undo(self, number: int, batch: Sequence[Kept]) -> None:
        outcomes: list[str] = []
        while len(outcomes) < len(batch):
            some = batch[len(outcomes) :]
            if self._throttle is not None:
                self._throttle.before_batch()
                some = some[: self._throttle.batch]
            begun = time.monotonic()
            outcomes += self._take_back(some)
            if self._throttle is not None:
                self._throttle.after_batch(len(some), time.monotonic() - begun)
        self._count(batch, outcomes)
        if self._throttle is not None:
            self._journal.undo_batch(number, "".join(map(letter_of, outcomes)))
            self._on_step("undo written")

    def _take_back(self, batch: Sequence[Kept]) -> list[str]:
        """Give entries their old bytes back; what became of each."""
        entries = look(self._changer, [kept.key for kept in batch])
        known = [_as_it_stands(*both, self._clock) for both in zip(batch, entries)]
        todo = [n for n, outcome in enumerate(known) if outcome == NOT_DONE]
        outcomes = ["done" if outcome == NOT_DONE else outcome for outcome in known]
        if self._throttle is None or not todo:
            return outcomes
        changes = [_change(batch[n], entries[n]) for n in todo]
        answers = carry_out(self._changer, changes)
        for place, answer in zip(todo, answers):
            outcomes[place] = outcome_of(answer)
        refusal = ends_the_run(answers)
        if refusal is not None:
            raise refusal
        return outcomes

    def _count(self, batch: Sequence[Kept], outcomes: Sequence[str]) -> None:
        for kept, outcome in zip(batch, outcomes):
            found = recognise(Stored(kept.key, kept.old), self._reads)
            self._summary.count(kept.key, found, outcome)
            if outcome == "done":
                self._summary.bytes += len(kept.old)


def _as_it_stands(kept: Kept, entry: Any, clock: float) -> str:
    """Give the outcome if there is nothing to do any more, else `NOT_DONE`."""
    if isinstance(entry, ServerError):
        return "failed"
    if entry == kept.old:
        return "done"
    if entry is None:
        return NOT_DONE if kept.digest is None and not has_expired(kept, clock) else "gone"
    is_ours = isinstance(entry, bytes) and digest_of(entry) == kept.digest
    return NOT_DONE if is_ours else "changed-meanwhile"


def _change(kept: Kept, entry: Any) -> Change:
    expires_at = None if kept.expires_at == NO_EXPIRY else kept.expires_at
    return Change(kept.key, None if kept.digest is None else entry, kept.old, expires_at)
