"""What bytes are when no library's mark is on them: a format, and what is wrapped around it."""

from __future__ import annotations

import operator
from typing import Callable

from shelflife.dialects.integer import is_integer
from shelflife.dialects.json_text import is_json
from shelflife.dialects.messagepack import is_messagepack
from shelflife.dialects.pickled import begins_pickle, is_old_pickle, look_at_pickle
from shelflife.dialects.recognition import Recognised
from shelflife.dialects.text import is_text
from shelflife.dialects.wrappings import peel

UNKNOWN = "no library that is known to us writes such bytes"


def look(raw: bytes) -> Recognised:
    """Say what bytes are, by themselves; their dialect is the format's name."""
    layers, inner, sealed, reason, detail = peel(raw)
    if sealed:
        codec = "+".join((*layers, "?"))
        return Recognised("bytes", codec=codec, reason=reason, detail=detail)
    found = look_at_plain(inner)
    if not layers:
        return found
    return found._replace(codec="+".join((*layers, found.codec)))


def look_at_plain(raw: bytes) -> Recognised:
    """Do the same for bytes with nothing around them."""
    if begins_pickle(raw):
        return look_at_pickle(raw)
    for codec, test in _FORMATS:
        if test(raw):
            return look_at_pickle(raw) if codec == "pickle" else Recognised(codec, codec=codec)
    return Recognised("bytes", codec="?", detail=UNKNOWN)


_FORMATS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("text", operator.not_),
    ("int", is_integer),
    ("json", is_json),
    ("pickle", is_old_pickle),
    ("msgpack", is_messagepack),
    ("bytes", lambda raw: raw[:6] == b"bytes:"),  # cashews, within whatever it puts around them
    ("text", is_text),
)


def within(dialect: Recognised, around: str, found: Recognised) -> Recognised:
    """Say of a content that it is this dialect's, and what lies around it.

    Args:
        dialect: The dialect, its state, what it writes ("" for what the content tells) and loads.
        around: What the dialect puts around it, such as "signed"; "" for nothing.
        found: What `look` says of the content.
    """
    return found._replace(
        dialect=dialect.dialect,
        owners=dialect.owners,
        state=dialect.state,
        codec=f"{around}+{found.codec}" if around else found.codec,
        writes=(dialect.writes or found.writes) if found.facts is not None else "",
        loader=dialect.loader,
    )
