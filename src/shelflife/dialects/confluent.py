"""Avro: with the header of Confluent's registry (`00`, a schema's number), or its own (`C3 01`).

Python reads both, with the schema at hand: no verdict without it.
"""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised(
    "confluent", codec="avro+?", detail="Avro: what reads it depends on a schema elsewhere"
)
_HIGHEST = 1 << 24  # no registry has so many schemas; other things begin with NUL as well


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins with NUL or C3."""
    raw = stored.raw
    if raw[:1] == b"\x00" and len(raw) > 5 and 0 < int.from_bytes(raw[1:5], "big") < _HIGHEST:
        return _FOUND
    return _FOUND if raw[:2] == b"\xc3\x01" and len(raw) > 10 else None


SIGNS = Signs("confluent", _FOUND, heads=(b"\x00", b"\xc3"), by_head=by_head)
