"""The execution: each batch into the journal, onto the disk, and only then into the cache.

Rules:
1. Journal, fsync, compare-and-set, outcomes, and after a batch of the scan a checkpoint: a process
   that is killed anywhere leaves what `--resume` or `undo` finishes.
2. A checkpoint belongs to the run of each server; after a restart the scan begins anew, and what is
   done already is not selected any more.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Optional

from shelflife.live.repair.applying import carry_out, ends_the_run, outcome_of
from shelflife.live.repair.conversion import Refusal
from shelflife.live.repair.coordinator import Proposed
from shelflife.live.repair.frames import Kind
from shelflife.live.repair.journal import Journal, digest_of, kept_of
from shelflife.live.repair.selection import Entry
from shelflife.live.repair.summary import NOT_DONE, Summary, letter_of
from shelflife.live.scanning import Batch
from shelflife.live.throttle import Throttle
from shelflife.stores.changer import Changer
from shelflife.stores.changes import Change

SAMPLE = 200
_VOLUME = 64 << 20  # bytes of entries in one batch
_CHECKPOINT_EVERY = 1.0  # seconds, while nothing is changed
Step = Callable[[str], None]


def no_step(_: str) -> None:
    """Do nothing at a step."""


class Execution:
    """Carries out proposals.

    Args:
        journal: Where everything is written first.
        changer: Changes entries.
        throttle: Says when, and how many at a time.
        summary: Where everything is counted.
        on_step: Told of each step: "journal written", "fsynced", "outcomes written",
            "checkpoint"; the changer has its own.
        cursors: Where the scan went on from, by server.

    Attributes:
        sample: Some of the keys that were changed, each as likely as any other, and a digest of
            their new bytes (None: removed).
    """

    def __init__(
        self,
        journal: Journal,
        changer: Changer,
        throttle: Throttle,
        summary: Summary,
        on_step: Step = no_step,
        cursors: Mapping[str, Optional[bytes]] = {},
    ) -> None:
        self._journal = journal
        self._changer = changer
        self._throttle = throttle
        self._summary = summary
        self._on_step = on_step
        self._cursors = dict(cursors)
        self._noted_at = time.monotonic()
        self._is_new = False
        self._chance = random.Random(0)  # noqa: S311 - no secret depends on it
        self._changed = 0
        self.sample: list[tuple[bytes, Optional[bytes]]] = []

    def take(self, proposed: Sequence[Proposed]) -> None:
        """Carry out proposals, in batches.

        Raises:
            ServerError: The servers failed, or will refuse whatever follows.
            Critical: Something said that this must not go on.
            Stopped: Somebody asked to stop.
            OSError: The journal cannot be written.
        """
        start = 0
        while start < len(proposed):
            self._throttle.before_batch()
            batch = _within(proposed[start : start + self._throttle.batch])
            begun = time.monotonic()
            self._carry_out(batch)
            self._throttle.after_batch(len(batch), time.monotonic() - begun)
            start += len(batch)

    def refuse(self, refused: Sequence[tuple[Entry, Refusal]]) -> None:
        """List what is to stay as it is."""
        new = [
            [entry.stored.key, *refusal, entry.found.dialect, entry.found.codec]
            for entry, refusal in refused
            if self._summary.refuse(entry.stored.key, entry.found, refusal)
        ]
        if new:
            self._journal.note(Kind.REFUSED, new)
            self._is_new = True

    def checkpoint(self, batch: Batch, run_ids: Mapping[str, str]) -> None:
        """Note how far the scan is, if that is worth it."""
        self._cursors[batch.shard] = batch.resume
        now = time.monotonic()
        if self._is_new or now - self._noted_at > _CHECKPOINT_EVERY:
            self._note(Kind.CHECKPOINT, run_ids)
            self._noted_at, self._is_new = now, False
            self._on_step("checkpoint")

    def finish(self) -> None:
        """Note that the scan is through."""
        self._note(Kind.FINISHED, {})
        self._journal.sync()
        self._on_step("finished")

    def _note(self, kind: Kind, run_ids: Mapping[str, str]) -> None:
        state: dict[str, Any] = {"cursors": self._cursors, "run_ids": dict(run_ids)}
        self._journal.note(kind, {**state, "summary": self._summary.as_state()})

    def _carry_out(self, batch: Sequence[Proposed]) -> None:
        number = self._journal.begin_batch([kept_of(*one) for one in batch])
        self._on_step("journal written")
        self._journal.sync()
        self._on_step("fsynced")
        self._is_new = True
        changes = [Change(one.entry.stored.key, one.entry.stored.raw, one.new) for one in batch]
        answers = carry_out(self._changer, changes)
        outcomes = list(map(outcome_of, answers))
        self._journal.end_batch(number, "".join(map(letter_of, outcomes)))
        self._on_step("outcomes written")
        self._count(batch, outcomes)
        refusal = ends_the_run(answers)
        if refusal is not None:
            raise refusal

    def _count(self, batch: Sequence[Proposed], outcomes: Sequence[str]) -> None:
        summary = self._summary
        for (entry, new, _), outcome in zip(batch, outcomes):
            if outcome == NOT_DONE:
                continue
            summary.count(entry.stored.key, entry.found, outcome)
            if outcome == "done":
                summary.bytes += len(entry.stored.raw)
                self._maybe_keep(entry.stored.key, new)

    def _maybe_keep(self, key: bytes, new: Optional[bytes]) -> None:
        self._changed += 1
        place = len(self.sample)
        if place >= SAMPLE:
            place = self._chance.randrange(self._changed)
        if place < SAMPLE:
            self.sample[place : place + 1] = [(key, None if new is None else digest_of(new))]


def _within(batch: Sequence[Proposed]) -> Sequence[Proposed]:
    """Give as much of a batch as a frame of the journal should hold; at least one entry."""
    size = 0
    for number, (entry, _, _) in enumerate(batch):
        size += len(entry.stored.raw)
        if size > _VOLUME and number:
            return batch[:number]
    return batch
