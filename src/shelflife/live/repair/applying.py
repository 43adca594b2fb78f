"""Changes, carried out through failures that pass: what became of a batch is always found out.

Rules:
1. After a failure nobody knows how far the server came. The entries are looked at then: what has
   the new bytes is done, what has the old ones is tried again, anything else is a newer write.
2. A refusal that is about the server, not the entry (full, read-only, denied), ends the run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.live.repair.summary import NOT_DONE
from shelflife.stores.changer import Changer
from shelflife.stores.changes import Answer, Change, Outcome

PAUSES = (0.2, 0.5, 1.0, 2.0, 3.0)  # seconds before each further attempt: a failover takes some
_PASSING = frozenset({"closed", "timeout", "refused", "loading", "moved", "ask", "try-again"})
_ENDS = frozenset({"auth", "denied", "read-only", "out-of-memory"})


def carry_out(changer: Changer, changes: Sequence[Change]) -> list[Answer]:
    """Carry out changes to different keys and say what became of each.

    Raises:
        ServerError: If the servers failed and did not come back: it is not known then.
    """
    answers: list[Optional[Answer]] = [None] * len(changes)
    waiting = list(range(len(changes)))
    failure: Optional[ServerError] = None
    is_known = False
    for pause in (0.0, *PAUSES):
        try:
            if failure is not None:
                time.sleep(pause)
                changer.reconnect()
                waiting = _settle(changer, changes, waiting, answers)
            for place, answer in zip(waiting, changer.apply([changes[n] for n in waiting])):
                answers[place] = answer
            waiting = [n for n in waiting if _passes(answers[n])]
            failure = _first_passing([answers[n] for n in waiting])
            is_known = True
        except ServerError as error:
            if not _may_pass(error):
                raise
            failure, is_known = error, False
        if failure is None:
            break
    if failure is not None and not is_known:
        raise failure
    return [answer for answer in answers if answer is not None]


def look(changer: Changer, keys: Sequence[bytes]) -> list[Any]:
    """Give what lies under keys, as `Changer.look` does, through failures that pass.

    Raises:
        ServerError: If the servers failed and did not come back.
    """
    for pause in PAUSES:
        try:
            entries = changer.look(keys)
            if _first_passing(entries) is None:
                return entries
        except ServerError as error:
            if not _may_pass(error):
                raise
        time.sleep(pause)
        changer.reconnect()
    return changer.look(keys)


def ends_the_run(answers: Sequence[Answer]) -> Optional[ServerError]:
    """Give the refusal that further batches would meet as well, if there is one."""
    return next((a for a in answers if isinstance(a, ServerError) and a.kind in _ENDS), None)


def outcome_of(answer: Answer) -> str:
    """Give the outcome that an answer is; what ended the run is to be done by the next one."""
    if isinstance(answer, ServerError):
        return NOT_DONE if answer.kind in _ENDS else "failed"
    return answer.value


def _may_pass(error: ServerError) -> bool:
    # A primary that was demoted says read-only; the next connection is made to the new one.
    return error.kind in _PASSING or error.kind == "read-only"


def _passes(answer: Any) -> bool:
    """Whether an entry's answer is a failure that passes, such as a slot on its way."""
    return isinstance(answer, ServerError) and _may_pass(answer)


def _first_passing(answers: Sequence[Any]) -> Optional[ServerError]:
    """Give the first failure of a single key that may pass: a server that is loading, a move."""
    return next((answer for answer in answers if _passes(answer)), None)


def _settle(
    changer: Changer,
    changes: Sequence[Change],
    waiting: Sequence[int],
    answers: list[Optional[Answer]],
) -> list[int]:
    """Find out what became of some changes; give those that have not been carried out."""
    if not waiting:
        return []
    left = []
    entries = changer.look([changes[n].key for n in waiting])
    failure = _first_passing(entries)
    if failure is not None:
        raise failure
    for place, entry in zip(waiting, entries):
        found = _outcome(changes[place], entry)
        answers[place] = found
        if found is None:
            left.append(place)
    return left


def _outcome(change: Change, entry: Any) -> Optional[Answer]:
    if isinstance(entry, ServerError):
        return entry
    if entry == change.new:  # None and None as well: it was to be removed
        return Outcome.DONE
    if entry == change.old:
        return None
    return Outcome.GONE if entry is None else Outcome.CHANGED
