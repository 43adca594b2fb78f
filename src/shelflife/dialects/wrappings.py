"""What lies around a value: compressors and base64, taken off one after the other.

Rules:
1. No more than `DEEPEST` layers; what has more is `over-budget`.
2. base64 is taken off only where a pickle comes out: other text is a value.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple, Optional

from shelflife.dialects.compressors import MOST, compressor, unpack
from shelflife.dialects.text import is_text
from shelflife.lookup import Reason

DEEPEST = 4
_BASE64 = re.compile(rb"gA[I-X][A-Za-z0-9+/_\-\n]*={0,2}\n?")
_STANDARD = bytes.maketrans(b"-_", b"+/")


class Peeled(NamedTuple):
    """An entry without its wrappings.

    Attributes:
        layers: Their names, outermost first.
        data: What is in them.
        sealed: The innermost could not be taken off.
        reason: Why no reader could; "" if it is only we who cannot.
        detail: A sentence on it.
    """

    layers: tuple[str, ...]
    data: bytes
    sealed: bool = False
    reason: str = ""
    detail: str = ""


def peel(raw: bytes) -> Peeled:
    """Take off all wrappings."""
    layers: tuple[str, ...] = ()
    while True:
        name = compressor(raw) or ("base64" if raw[:2] == b"gA" else "")
        if not name:
            return Peeled(layers, raw)
        if len(layers) == DEEPEST:
            detail = f"is wrapped more than {DEEPEST} times"
            return Peeled((*layers, name), raw, True, Reason.OVER_BUDGET, detail)
        if name == "base64":
            inner = decode_base64(raw)
            if inner is None:
                return Peeled(layers, raw)
        else:
            inner, reason, detail = unpack(name, raw)
            if inner is None:
                if is_text(raw):  # words that happen to begin like a magic
                    return Peeled(layers, raw)
                return Peeled((*layers, name), raw, True, reason, detail)
        layers = (*layers, name)
        raw = inner


def decode_base64(raw: bytes) -> Optional[bytes]:
    """Give the pickle (protocol 2 or newer) that is coded so; None if there is none."""
    if len(raw) > MOST or _BASE64.fullmatch(raw) is None:
        return None
    try:
        inner = binascii.a2b_base64(raw.translate(_STANDARD))
    except binascii.Error:
        return None
    return inner if inner[:1] == b"\x80" and inner[-1:] == b"." else None
