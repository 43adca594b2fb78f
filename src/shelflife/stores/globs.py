"""Patterns of keys, as the server has them: `*`, `?`, `[abc]`, `[^a-c]`, a backslash before one."""

from __future__ import annotations

import re
from typing import Callable

_PARTS = re.compile(rb"\\(.)|(\*+)|(\?)|\[((?:\\.|[^\]\\])*)\]?|(.)", re.DOTALL)
_MEMBERS = re.compile(rb"(\\?.)(?:-(\\?.))?", re.DOTALL)


def glob(pattern: bytes) -> Callable[[bytes], object]:
    """Give what is true for the keys that match a pattern."""
    return re.compile(_PARTS.sub(_expression, pattern), re.DOTALL).fullmatch


def starts_with(prefix: bytes) -> Callable[[bytes], object]:
    """Give what is true for the keys that begin with a prefix."""
    return lambda key: key.startswith(prefix)


def _expression(part: re.Match[bytes]) -> bytes:
    escaped, many, one, members, literal = part.groups()
    if many:
        return b".*"
    if one:
        return b"."
    if members is not None:
        return _one_of(members)
    return re.escape(escaped or literal)


def _one_of(members: bytes) -> bytes:
    negated = members.startswith(b"^")
    spans = []
    for found in _MEMBERS.finditer(members[negated:]):
        first, last = found[1][-1:], (found[2] or found[1])[-1:]
        low, high = sorted((first, last))
        spans.append(re.escape(low) + b"-" + re.escape(high))
    if not spans:
        return b"." if negated else b"(?!)"
    return b"[" + (b"^" if negated else b"") + b"".join(spans) + b"]"
