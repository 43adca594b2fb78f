"""Celery: results, which are state. JSON, pickle, YAML or MessagePack, and compressed since 5.7.

Rules:
1. Compressed: NUL, `celery-compressed`, NUL, content type, NUL, body. `gzip` and `zlib` both say
   `application/x-gzip`, and the body is zlib: the body's own magic is believed.
2. Pickles are of protocol 2 with kombu before 5.1, and of protocol 4 since.
"""

from __future__ import annotations

from typing import Optional

from shelflife.dialects.compressors import unpack
from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("celery", state="result")
_START = b"\x00celery-compressed\x00"
_BROTLI = b"application/x-brotli"


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins with NUL; None if it is no compressed result."""
    raw = stored.raw
    if not raw.startswith(_START):
        return None
    content_type, _, body = raw[len(_START) : len(_START) + 256].partition(b"\x00")
    body = raw[len(_START) + len(content_type) + 1 :]
    if content_type == _BROTLI:
        return _brotli(body)
    return _settled(within(_FOUND, "celery-compressed", look(body)))


def by_key(stored: Stored) -> Recognised:
    """Look at a result, or the state of a group, under its key."""
    found = by_head(stored)
    if found is not None:
        return found
    found = within(_FOUND, "", look(stored.raw))
    return _settled(found._replace(codec="yaml") if found.codec == "text" else found)


def _brotli(body: bytes) -> Recognised:
    data, reason, detail = unpack("brotli", body)
    if data is None:
        codec = "celery-compressed+brotli+?"
        return _FOUND._replace(codec=codec, reason=reason, detail=detail)
    return _settled(within(_FOUND, "celery-compressed+brotli", look(data)))


def _settled(found: Recognised) -> Recognised:
    if found.facts is None:
        return found
    return found._replace(writes="2" if found.facts.protocol <= 2 else "4")


SIGNS = Signs(
    "celery",
    _FOUND,
    keys=(b"celery-task-meta-", b"celery-taskset-meta-"),
    by_key=by_key,
    heads=(b"\x00",),
    by_head=by_head,
    members=("status", "result", "traceback", "children"),
)
