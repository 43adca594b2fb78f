"""CacheControl: `cc=`, a version and a comma before what that version writes.

Version 1 is a pickle of a plain dict, version 2 JSON within zlib, versions 3 and 4 MessagePack.
"""

from __future__ import annotations

import re
from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("cachecontrol", writes="highest")
_HEADER = re.compile(rb"cc=[0-9]{1,4},")


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins with a c; None without the header."""
    header = _HEADER.match(stored.raw)
    if header is None:
        return None
    return within(_FOUND, "header", look(stored.raw[header.end() :]))


SIGNS = Signs("cachecontrol", _FOUND, heads=(b"c",), by_head=by_head)
