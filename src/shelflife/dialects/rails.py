"""Ruby on Rails: entries that a Ruby application left in a shared server.

`00 11` since 7.1, `00 04 08` and `01 78` in 7.0, `CC 80` for MessagePack, `04 08` for Marshal.
No Python reads them, and none is meant to.
"""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.lookup import Reason

_FOUND = Recognised(
    "rails", codec="marshal", reason=Reason.FOREIGN, detail="an entry of Ruby on Rails"
)
_MARSHAL = (b"\x00\x11", b"\x00\x04\x08", b"\x01x", b"\x04\x08")


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry by its first two or three bytes."""
    raw = stored.raw
    if raw.startswith(_MARSHAL):
        return _FOUND
    if raw[:2] == b"\xcc\x80" and len(raw) > 2:  # the two bytes alone are the number 128
        return _FOUND._replace(codec="msgpack")
    return None


SIGNS = Signs("rails", _FOUND, heads=(b"\x00", b"\x01", b"\x04", b"\xcc"), by_head=by_head)
