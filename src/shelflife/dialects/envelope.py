"""shelflife's own entries: envelopes, with and without the guard byte, and counters.

Rules:
1. Checksum and lengths are checked; what is unsound has the reason that a cache would give.
2. A payload is a pickle only where the codec says so; no other is decoded here.
3. A pickle is written again with the protocol it has: the floor pinned it.
"""

from __future__ import annotations

from shelflife.dialects.compressors import MOST
from shelflife.dialects.integer import is_integer
from shelflife.dialects.pickled import look_at_pickle
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.envelope import CODECS, read_hints, unseal
from shelflife.errors import Unreadable
from shelflife.lookup import Reason

_CODECS = {number: f"envelope+{name}" for name, number in CODECS.items()}
_PICKLE = CODECS["pickle"]


def by_head(stored: Stored) -> Recognised:
    """Look at an entry that begins with C1, or with the guard byte and C1."""
    raw = stored.raw
    writer = read_hints(raw).writer or ""
    try:
        number, payload = unseal(raw, MOST)
    except Unreadable as error:
        return Recognised(
            "shelflife", codec="envelope+?", reason=error.reason, detail=error.detail, writer=writer
        )
    if number == _PICKLE:
        found = look_at_pickle(bytes(payload))
        writes = "" if found.facts is None else str(found.facts.protocol)
        return found._replace(
            dialect="shelflife", codec="envelope+pickle", writes=writes, writer=writer
        )
    codec = _CODECS.get(number)
    if codec is None:
        detail = f"codec {number} is not known to this release"
        reason = Reason.UNKNOWN_CODEC
        return Recognised(
            "shelflife", codec="envelope+?", reason=reason, detail=detail, writer=writer
        )
    return Recognised("shelflife", (), codec, "", None, None, "", "", "", "cPickle", writer)


def read(stored: Stored) -> Recognised:
    """Judge by the rules of a cache that reads no dialect: envelopes and counters."""
    raw = stored.raw
    if raw[:1] == b"\xc1" or raw[:2] == b"!\xc1":
        return by_head(stored)
    if is_integer(raw):
        return Recognised("shelflife", codec="int")
    return Recognised("shelflife", codec="?", reason=Reason.FOREIGN, detail="no envelope")


SIGNS = Signs("shelflife", Recognised("shelflife"), heads=(b"\xc1",), by_head=by_head, read=read)
