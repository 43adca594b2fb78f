"""RQ: everything below `rq:` is state. Jobs are hashes, results streams, the rest is bookkeeping.

Rules:
1. A job's `data` is a pickle within zlib, its `meta` and (before 1.12) `result` a bare one, its
   `exc_info` text within zlib.
2. A result's `return_value` is a pickle within base64, its `exc_string` zlib within base64.
3. All with the highest protocol.
"""

from __future__ import annotations

import binascii

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_JOB = Recognised("rq", state="job", writes="highest")
_RESULT = Recognised("rq", state="result", writes="highest")
_QUEUE = Recognised("rq", state="queue", writes="highest")
_LOCK = Recognised("rq", state="lock")


def by_key(stored: Stored) -> Recognised:
    """Look at anything that RQ keeps."""
    key = stored.key
    if key.startswith(b"rq:results:"):
        return _result(stored)
    if key.startswith(b"rq:job:"):
        return within(_JOB, "", look(stored.raw))
    return within(_LOCK if b"lock" in key else _QUEUE, "", look(stored.raw))


def _result(stored: Stored) -> Recognised:
    if stored.field == b"exc_string":
        try:
            text = binascii.a2b_base64(stored.raw)
        except binascii.Error:
            return _RESULT._replace(codec="text", writes="")
        return within(_RESULT, "base64", look(text))
    return within(_RESULT, "", look(stored.raw))


SIGNS = Signs("rq", _JOB, keys=(b"rq:",), by_key=by_key)
