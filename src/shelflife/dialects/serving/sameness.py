"""Whether a value comes back from JSON or MessagePack as itself."""

from __future__ import annotations

from typing import Any, Callable, Optional

from ormsgpack import packb

from shelflife.codecs.blame import name_of
from shelflife.codecs.culprit import find_culprit
from shelflife.codecs.exact import is_utf8
from shelflife.codecs.packing import OPTIONS, holds_inexact, may_hold_bytes
from shelflife.errors import NotPortable

_DEEPEST = 255


def pack_plainly(value: Any) -> Optional[bytes]:
    """Give the MessagePack of what comes back as itself, at the speed of C; None if it may not."""
    try:
        packed = packb(value, None, OPTIONS)
    except TypeError:
        return None
    return None if may_hold_bytes(packed) and holds_inexact(value, []) else packed


def check_unchanged(value: Any, is_plain: Callable[[Any], bool], form: str) -> None:
    """See whether a value is plain, or of lists and dicts with keys of text, all the way down.

    Args:
        value: The value.
        is_plain: Whether a value has no parts and comes back as itself.
        form: What it would be written as, for the message.

    Raises:
        NotPortable: If it is not; with the path to what is not.
    """

    def is_changed(part: Any) -> bool:
        return _why_not(part, is_plain) != ""

    why = _why_not(value, is_plain)
    if not why:
        return
    path, culprit = find_culprit(value, is_changed)
    why = _why_not(culprit, is_plain) or why
    remedy = f"it {why} {form}: store something simpler, or write pickles"
    raise NotPortable(path, name_of(type(culprit)), remedy)


def _why_not(value: Any, is_plain: Callable[[Any], bool]) -> str:
    """Say why a value would change, level by level; "" if it would not."""
    level = [value]
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for part in level:
            kind = type(part)
            if kind is list:
                below += part
            elif kind is dict:
                if not all(type(key) is str and is_utf8(key) for key in part):
                    return "has keys that are not kept as they are in"
                below += part.values()
            elif not is_plain(part):
                return "would not come back as what it is from"
        if not below:
            return ""
        level = below
    return "is nested too deeply, or contains itself, for"
