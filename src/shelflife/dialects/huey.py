"""huey: queue, schedule and results, which are state; all below `huey.`.

Rules:
1. A pickle of the highest protocol, within gzip or zlib if so set.
2. Signed: a colon and the 40 hexadecimal digits of a SHA-1 after the pickle.
"""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_QUEUE = Recognised("huey", state="queue", writes="highest")
_RESULT = Recognised("huey", state="result", writes="highest")
_LOCK = Recognised("huey", state="lock", writes="highest")
_SIGNATURE = 41
_HEX = b"0123456789abcdef"


def by_key(stored: Stored) -> Recognised:
    """Look at anything that huey keeps."""
    found = signed(stored.raw) or look(stored.raw)
    if b".results." in stored.key:
        return within(_RESULT, "", found)
    return within(_LOCK if b".lock." in stored.key else _QUEUE, "", found)


def signed(raw: bytes) -> Optional[Recognised]:
    """Look at what may have a signature after it; None if it has none."""
    if not has_signature(raw, len(raw) - _SIGNATURE):
        return None
    return within(_RESULT, "signed", look(raw[:-_SIGNATURE]))


def has_signature(raw: bytes, end: int) -> bool:
    """Whether just a signature follows at `end`."""
    if end < 0 or len(raw) - end != _SIGNATURE or raw[end : end + 1] != b":":
        return False
    return not raw[end + 1 :].translate(None, _HEX)


SIGNS = Signs(
    "huey",
    _QUEUE,
    keys=(b"huey.",),
    by_key=by_key,
    pickled=(("huey.registry", "Message"),),
)
