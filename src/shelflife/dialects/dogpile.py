"""dogpile.cache: a header of JSON up to the first `|`; before 1.1, a pickled `CachedValue`.

Rules:
1. `{"ct": time, "v": version}|`, then what the region's serializer made, a pickle by default.
2. Before 1.1 the protocol was the highest, since then the default.
"""

from __future__ import annotations

import re
from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.pickled import look_at_pickle
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.lookup import Reason

_NEW = Recognised("dogpile", writes="default")
_OLD = Recognised("dogpile", writes="highest")
_HEADER = re.compile(rb'\{"ct": ?[0-9.e+]{1,32}, ?"v": ?[0-9]{1,4}\}\|')
_NAME = ("dogpile.cache.api", "CachedValue")


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins with a brace; None without the header."""
    header = _HEADER.match(stored.raw)
    if header is None:
        return None
    payload = stored.raw[header.end() :]
    # No serializer of ours compresses, and none leaves an integer plain.
    found = look_at_pickle(payload) if payload[:1] == b"\x80" else look(payload)
    return within(_NEW, "header", found)


def read(stored: Stored) -> Recognised:
    """Judge by the rules of its readers, old and new."""
    found = by_head(stored)
    if found is not None:
        return found
    found = look_at_pickle(stored.raw)
    if found.facts is not None and _NAME in found.facts.names:
        return within(_OLD, "", found)
    detail = "neither dogpile's header nor a pickled CachedValue"
    return Recognised("dogpile", codec="?", reason=Reason.FOREIGN, detail=detail)


SIGNS = Signs("dogpile", _OLD, heads=(b"{",), by_head=by_head, pickled=(_NAME,), read=read)
