"""cashews: signature, compression and pickle, and some types in forms of their own.

Rules:
1. With a secret: `digest:hex_` before the payload; releases before 4.1 without one wrote `:_`.
2. `bytes:` before raw bytes. A registered class has its name there; only a declared reader is
   believed to have such.
3. The digests xxh3_64 and xxh3_128 have an underscore in their names, and its own reader cannot
   take them apart.
"""

from __future__ import annotations

import re
from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.integer import is_integer
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.lookup import Reason

_FOUND = Recognised("cashews", writes="highest")
_SIGNED = re.compile(rb"(?:md5|sha1|sha256|sum|xxh32|xxh64|(xxh3_64|xxh3_128)):[0-9a-f]{1,64}_")
_CLASS = re.compile(rb"[A-Za-z_][A-Za-z0-9_]{0,127}:")
_BYTES = b"bytes:"


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins like a digest's name or a type's; None if it has neither."""
    raw = stored.raw
    if raw.startswith(_BYTES):
        return _FOUND._replace(codec="bytes", writes="")
    if raw.startswith(b":_\x80"):
        return within(_FOUND, "signed", look(raw[2:]))
    signature = _SIGNED.match(raw)
    if signature is None:
        return None
    found = within(_FOUND, "signed", look(raw[signature.end() :]))
    if signature[1] is None:
        return found
    detail = "its own reader cannot take apart a signature of this digest"
    return found._replace(reason=Reason.LOAD_ERROR, detail=detail)


def by_key(stored: Stored) -> Optional[Recognised]:
    """Look at an entry under a key of the early or soft strategy: time and value in a pickle."""
    return within(_FOUND, "", look(stored.raw)) if stored.raw[:1] == b"\x80" else by_head(stored)


def read(stored: Stored) -> Recognised:
    """Judge by the rules of its reader."""
    raw = stored.raw
    if is_integer(raw):
        return Recognised("cashews", codec="int")
    found = by_head(stored)
    if found is not None:
        return found
    if _CLASS.match(raw) is not None and not raw.isdigit():
        return Recognised("cashews", codec="?", detail="a registered class in its own form")
    return within(_FOUND, "", look(raw))


SIGNS = Signs(
    "cashews",
    _FOUND,
    keys=(b"early:v2:", b"soft:"),
    by_key=by_key,
    heads=(b"m", b"s", b"x", b"b", b":"),
    by_head=by_head,
    read=read,
)
