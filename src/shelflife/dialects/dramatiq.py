"""Dramatiq: messages and results, which are state. JSON, unless another encoder is set."""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_QUEUE = Recognised("dramatiq", state="queue", writes="default")
_RESULT = Recognised("dramatiq", state="result", writes="default")
_HEX = b"0123456789abcdef"


def by_key(stored: Stored) -> Recognised:
    """Look at a message, or at bookkeeping."""
    result = stored.key.startswith(b"dramatiq-results")
    return within(_RESULT if result else _QUEUE, "", look(stored.raw))


def in_list(stored: Stored, found: Recognised) -> Optional[Recognised]:
    """Look at a list; None unless its key ends as a result's does, in an MD5."""
    tail = stored.key[-32:]
    if stored.redis_type != "list" or len(tail) < 32 or tail.translate(None, _HEX):
        return None
    return within(_RESULT, "", found)


SIGNS = Signs(
    "dramatiq",
    _QUEUE,
    keys=(b"dramatiq:", b"dramatiq-results"),
    by_key=by_key,
    members=("queue_name", "actor_name", "message_id"),
)
