"""The coordinator: scan, select, have an action propose, and hand the proposals to who acts.

Rules:
1. It decides nothing and changes nothing: the selection chooses, the action proposes, the performer
   counts what would be (a plan) or does it (with a journal).
2. What has been handed over is finished before the next batch of the scan is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple, Optional, Protocol

from shelflife.dialects import recognise
from shelflife.live.repair.action import Action, Proposal
from shelflife.live.repair.conversion import Refusal
from shelflife.live.repair.selection import Entry, Selection
from shelflife.live.repair.summary import Summary
from shelflife.live.scanning import Batch
from shelflife.verdicts import Judge

Progress = Callable[[int, Optional[int]], None]


class Scan(Protocol):
    """What goes through the cache."""

    def batches(self) -> Generator[Batch, None, None]:
        """Give all entries, in batches."""

    @property
    def run_ids(self) -> Mapping[str, str]:
        """The run of each server that is scanned, by its name."""


class Proposed(NamedTuple):
    """One entry, and what is to become of it.

    Attributes:
        entry: The entry.
        new: Its new bytes; None to remove it.
        expires_at: Milliseconds since the epoch; -1 for no expiry.
    """

    entry: Entry
    new: Optional[bytes]
    expires_at: int


class Performer(Protocol):
    """Who acts on proposals: a plan that counts them, or a run that carries them out."""

    def take(self, proposed: Sequence[Proposed]) -> None:
        """Act on proposals."""

    def refuse(self, refused: Sequence[tuple[Entry, Refusal]]) -> None:
        """List what is to stay as it is."""

    def checkpoint(self, batch: Batch, run_ids: Mapping[str, str]) -> None:
        """Note that all before this batch's `resume`, and the batch, is finished."""


class Coordinator:
    """Goes through a cache for one action.

    Args:
        action: What is to become of selected entries.
        selection: Which those are.
        judge: Gives the targets' verdicts; None if there are no targets.
        reads: The dialect of the service's reader, if it was named.
        summary: Where everything is counted.
        performer: Who acts.
        clock: How many seconds the server's clock is ahead of ours.
    """

    def __init__(
        self,
        action: Action,
        selection: Selection,
        judge: Optional[Judge],
        reads: Optional[str],
        summary: Summary,
        performer: Performer,
        clock: float = 0.0,
    ) -> None:
        self._action = action
        self._selection = selection
        self._judge = judge if selection.is_about_verdicts else None
        self._reads = reads
        self._summary = summary
        self._performer = performer
        self._clock = clock

    def run(self, scan: Scan, progress: Callable[[int], None]) -> None:
        """Go through all of it.

        Args:
            scan: Gives the entries.
            progress: Told after each batch how many keys have been seen.
        """
        with closing(scan.batches()) as batches:  # what stops us ends its threads
            for batch in batches:
                if batch.anew:
                    self._summary.begin_anew()
                self._take(batch)
                self._performer.checkpoint(batch, scan.run_ids)
                progress(self._summary.keys)

    def _take(self, batch: Batch) -> None:
        summary = self._summary
        summary.keys += batch.keys
        summary.gone += batch.gone
        summary.learn([stored.key for stored, _ in batch.entries])
        entries = self._select(batch)
        proposals = self._action.propose(entries)
        self._performer.refuse(_refused(entries, proposals))
        self._performer.take(
            [
                Proposed(entry, proposal, _expires_at(entry, batch.at + self._clock))
                for entry, proposal in zip(entries, proposals)
                if not isinstance(proposal, Refusal)
            ]
        )

    def _select(self, batch: Batch) -> list[Entry]:
        """Choose entries; each key once, whatever lies under it."""
        found = [recognise(stored, self._reads) for stored, _ in batch.entries]
        judged = self._judge.judge(found) if self._judge is not None else [None] * len(found)
        chosen: dict[bytes, Entry] = {}
        for (stored, ttl), one, verdicts in zip(batch.entries, found, judged):
            entry = Entry(stored, ttl, one, verdicts)
            if self._selection.is_left_alone(one):
                self._summary.state += 1
            elif not self._is_concerned(entry):
                self._summary.nothing_to_do += 1
            elif self._selection.takes(entry):
                chosen.setdefault(stored.key, entry)
        return list(chosen.values())

    def _is_concerned(self, entry: Entry) -> bool:
        return self._selection.is_about_verdicts or self._action.concerns(entry.found)


def _refused(
    entries: Sequence[Entry], proposals: Sequence[Proposal]
) -> list[tuple[Entry, Refusal]]:
    both = zip(entries, proposals)
    return [(entry, proposal) for entry, proposal in both if isinstance(proposal, Refusal)]


def _expires_at(entry: Entry, read_at: float) -> int:
    return -1 if entry.ttl < 0 else int(read_at * 1000) + entry.ttl
