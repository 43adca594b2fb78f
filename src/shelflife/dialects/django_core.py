"""Django's own caches in memory and in Redis (4.0 and later): no mark at all.

Rules of the reader: what `int()` takes is an integer; anything else must be a pickle.
"""

from __future__ import annotations

from shelflife.dialects.pickled import look_at_pickle
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs


def reads_as_int(raw: bytes) -> bool:
    """Whether Python's `int()` takes the bytes: blanks, signs and underscores included."""
    if len(raw) > 4_300:
        return False
    try:
        int(raw)
    except ValueError:
        return False
    return True


def read(stored: Stored) -> Recognised:
    """Judge by the rules of the reader, above."""
    if reads_as_int(stored.raw):
        return Recognised("django", codec="int")
    found = look_at_pickle(stored.raw)
    return found._replace(dialect="django", writes="highest" if found.facts else "")


SIGNS = Signs("django", Recognised("django", writes="highest"), read=read)
