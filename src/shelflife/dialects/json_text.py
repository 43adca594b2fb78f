"""JSON without a library's mark.

Rules:
1. Up to `PARSED` bytes it is parsed; longer text is taken for JSON by its ends, so that a large
   entry costs no more than a small one.
2. Numbers are never computed: a million digits are text here.
"""

from __future__ import annotations

import json
from typing import Any

from shelflife.dialects.recognition import Recognised
from shelflife.dialects.signs import Signs
from shelflife.dialects.text import is_text

PARSED = 256 << 10
_STARTS = frozenset(b'{["tfn-0123456789NI')
_ENDS = {b"{": b"}", b"[": b"]", b'"': b'"'}
_BLANKS = b" \t\n\r"


def is_json(raw: bytes) -> bool:
    """Whether the bytes are one JSON document."""
    stripped = raw.strip(_BLANKS) if raw[:1] in b" \t\n\r" or raw[-1:] in b" \t\n\r" else raw
    if not stripped or stripped[0] not in _STARTS:
        return False
    if len(stripped) > PARSED:
        return _ENDS.get(stripped[:1]) == stripped[-1:] and is_text(raw)
    try:
        parse(stripped)
    except ValueError:
        return False
    return True


def parse(raw: bytes) -> Any:
    """Give a document, its numbers left as text.

    Raises:
        ValueError: If it is none, or longer than `PARSED`.
    """
    if len(raw) > PARSED:
        raise ValueError(len(raw))
    try:
        return json.loads(str(raw, "utf-8"), parse_int=str, parse_float=str)
    except RecursionError:
        raise ValueError("too deep") from None


def has_members(raw: bytes, names: tuple[str, ...]) -> bool:
    """Whether an object has members of these names; in a long one, they are just looked for."""
    if raw[:1] != b"{" or not all(b'"%s"' % name.encode() in raw for name in names):
        return False
    if len(raw) > PARSED:
        return True
    try:
        document = parse(raw)
    except ValueError:
        return False
    return isinstance(document, dict) and document.keys() >= set(names)


SIGNS = Signs("json", Recognised("json", codec="json"))
