"""Starlette's signed session: base64 of JSON, a time and a signature, between points."""

from __future__ import annotations

import binascii
import re
from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised
from shelflife.dialects.signs import Signs

_FOUND = Recognised("starlette", state="session")
_SIGNED = re.compile(rb"[A-Za-z0-9+/_-]{4,}={0,2}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}")
_LONGEST = 1 << 20


def signed(raw: bytes) -> Optional[Recognised]:
    """Look at text; None if it is not signed so."""
    if len(raw) > _LONGEST or _SIGNED.fullmatch(raw) is None:
        return None
    try:
        inner = binascii.a2b_base64(raw.partition(b".")[0])
    except binascii.Error:
        return None
    return within(_FOUND, "signed+base64", look(inner))


SIGNS = Signs("starlette", _FOUND)
