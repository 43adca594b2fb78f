"""A plan: what would be done, and how large the journal would be. Changes nothing."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from shelflife.live.repair.conversion import Refusal
from shelflife.live.repair.coordinator import Proposed
from shelflife.live.repair.frames import Kind, pack_frame
from shelflife.live.repair.journal import kept_of
from shelflife.live.repair.selection import Entry
from shelflife.live.repair.summary import Summary
from shelflife.live.scanning import Batch

_OUTCOMES = 48  # bytes, about, of a batch's outcomes
_MEASURED = 1_000  # batches that are packed to see how large they get; then one in a hundred


class Plan:
    """Counts what would be done.

    Args:
        summary: Where.
        batch: How many entries a batch of the journal would have at most.
    """

    def __init__(self, summary: Summary, batch: int) -> None:
        self._summary = summary
        self._batch = batch
        self._batches = 0
        self._chance = random.Random(0)  # noqa: S311 - no secret depends on it
        self._raw = self._packed = 0

    @property
    def journal_size(self) -> int:
        """About how many bytes the journal would have."""
        summary = self._summary
        ratio = self._packed / self._raw if self._raw else 0.0
        return int(summary.bytes * ratio) + 64 * summary.selected // 100 + 1024

    def take(self, proposed: Sequence[Proposed]) -> None:
        """Count what would be changed."""
        summary = self._summary
        for entry, _, _ in proposed:
            summary.count(entry.stored.key, entry.found, "done")
            summary.bytes += len(entry.stored.raw)
        self._batches += 1
        if proposed and (self._batches <= _MEASURED or self._chance.random() < 0.01):
            for start in range(0, len(proposed), self._batch):
                batch = proposed[start : start + self._batch]
                kept = [list(kept_of(*one)) for one in batch]
                self._raw += sum(len(entry.stored.raw) for entry, _, _ in batch)
                self._packed += len(pack_frame(Kind.BATCH, 1, kept)) + _OUTCOMES

    def refuse(self, refused: Sequence[tuple[Entry, Refusal]]) -> None:
        """Count what would be refused."""
        for entry, refusal in refused:
            self._summary.refuse(entry.stored.key, entry.found, refusal)

    def checkpoint(self, batch: Batch, run_ids: Mapping[str, str]) -> None:
        """Do nothing: a plan begins anew each time."""
