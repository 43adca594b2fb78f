"""Going on: what a journal says of how far it came, and what it cannot say, found out.

Rules:
1. What counts is the last checkpoint, and what was written after it.
2. Of a batch whose outcomes were lost, the entries are looked at: the new bytes say that it was
   done, the old ones that it was not. The scan comes upon the latter again.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple, Optional

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.errors import ServerError
from shelflife.live.repair.applying import look
from shelflife.live.repair.conversion import Refusal
from shelflife.live.repair.frames import Frame, Kind, unpack
from shelflife.live.repair.journal import NO_EXPIRY, Journal, Kept, digest_of
from shelflife.live.repair.summary import LETTERS, NOT_DONE, Summary, letter_of
from shelflife.stores.changer import Changer


class Position(NamedTuple):
    """How far a run came.

    Attributes:
        cursors: Where the scan goes on, by server.
        run_ids: The run of each server that the cursors belong to.
        finished: It is through.
        undone: It has been taken back, or somebody has begun to.
    """

    cursors: dict[str, Any]
    run_ids: dict[str, str]
    finished: bool
    undone: bool


def settle(journal: Journal, changer: Changer, clock: float = 0.0) -> None:
    """Find out what became of the batch that is in doubt, if there is one, and write it down.

    Args:
        journal: Only read, it keeps that in mind.
        changer: Looks at the entries.
        clock: How many seconds the server's clock is ahead of ours.

    Raises:
        ServerError: If the servers cannot be asked.
    """
    number = journal.in_doubt
    if number is None:
        return
    batch = journal.batch(number)
    entries = look(changer, [kept.key for kept in batch])
    journal.end_batch(number, "".join(_letter(*both, clock) for both in zip(batch, entries)))


def replay(journal: Journal, summary: Summary, reads: Optional[str]) -> Position:
    """Bring a summary to where the journal ends, and say where that is."""
    position: dict[str, Any] = {}
    since: list[Frame] = []
    finished = undone = False
    for frame in journal.frames():
        if frame.kind in (Kind.CHECKPOINT, Kind.FINISHED):
            position = unpack(frame)
            finished = frame.kind == Kind.FINISHED
            since.clear()
        elif frame.kind in (Kind.UNDO_BEGUN, Kind.UNDONE, Kind.UNDO_FINISHED):
            undone = True
        else:
            since.append(frame)
            if frame.kind == Kind.REFUSED:
                for key, *_ in unpack(frame):
                    summary.remember_refused(key)
    if position:
        summary.restore(position["summary"])
    for frame in since:
        _count_again(frame, journal, summary, reads)
    return Position(position.get("cursors", {}), position.get("run_ids", {}), finished, undone)


def _count_again(frame: Frame, journal: Journal, summary: Summary, reads: Optional[str]) -> None:
    if frame.kind == Kind.REFUSED:
        for key, reason, detail, dialect, codec in unpack(frame):
            summary.forget_refused(key)
            summary.refuse(key, Recognised(dialect, codec=codec), Refusal(reason, detail))
    elif frame.kind == Kind.OUTCOMES:
        for kept, letter in zip(journal.batch(frame.number), unpack(frame)):
            if letter in LETTERS:
                found = recognise(Stored(kept.key, kept.old), reads)
                summary.count(kept.key, found, LETTERS[letter])
                summary.bytes += len(kept.old) if LETTERS[letter] == "done" else 0


def _letter(kept: Kept, entry: Any, clock: float) -> str:
    if isinstance(entry, ServerError):
        raise entry
    if entry == kept.old:
        return letter_of(NOT_DONE)
    if entry is None:
        was_removed = kept.digest is None and not has_expired(kept, clock)
        return letter_of("done" if was_removed else "gone")
    is_new = (
        kept.digest is not None and isinstance(entry, bytes) and digest_of(entry) == kept.digest
    )
    return letter_of("done" if is_new else "changed-meanwhile")


def has_expired(kept: Kept, clock: float) -> bool:
    """Whether an entry would have expired by now, by a clock so many seconds ahead of ours."""
    return kept.expires_at != NO_EXPIRY and kept.expires_at <= (time.time() + clock) * 1000
