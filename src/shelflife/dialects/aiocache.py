"""aiocache: text, JSON, pickle or MessagePack, as the serializer is set, without any mark."""

from __future__ import annotations

from shelflife.dialects.contents import look
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs


def read(stored: Stored) -> Recognised:
    """Judge by what the entry is: the serializer is not known."""
    found = look(stored.raw)
    writes = "default" if found.facts is not None else ""
    return found._replace(dialect="aiocache", owners=(), writes=writes)


SIGNS = Signs("aiocache", Recognised("aiocache", writes="default"), read=read)
