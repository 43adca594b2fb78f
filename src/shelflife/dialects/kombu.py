"""kombu: the messages of a broker, which are state. JSON with the body in base64.

A message lies in a list, or, not yet acknowledged, in the hash `unacked` with its exchange.
"""

from __future__ import annotations

import binascii
from typing import Any, Optional

from shelflife.dialects.contents import within
from shelflife.dialects.json_text import parse
from shelflife.dialects.pickled import look_at_pickle
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("kombu", state="queue")
_MARKS = (b'"body"', b'"content-encoding"', b'"properties"')
_PICKLE = "application/x-python-serialize"


def by_key(stored: Stored) -> Recognised:
    """Look at a binding or at what the broker keeps of unacknowledged messages."""
    return by_head(stored) or _FOUND._replace(codec="text")


def by_head(stored: Stored) -> Optional[Recognised]:
    """Look at an entry that begins as JSON; None if it is no message."""
    raw = stored.raw
    if not all(mark in raw for mark in _MARKS):
        return None
    try:
        message = parse(raw)
    except ValueError:  # too long to be looked into
        return _FOUND._replace(codec="json")
    if isinstance(message, list) and message:
        message = message[0]
    if not isinstance(message, dict) or "body" not in message or "properties" not in message:
        return None
    return _with_body(message)


def _with_body(message: dict[str, Any]) -> Recognised:
    body = message["body"]
    found = _FOUND._replace(codec="json")
    if message.get("content-type") != _PICKLE or not isinstance(body, str):
        return found
    try:
        payload = binascii.a2b_base64(body)
    except ValueError:  # characters that are not ASCII, or no base64
        return found
    found = within(_FOUND, "json+base64", look_at_pickle(payload))
    if found.facts is None:
        return found
    return found._replace(writes="2" if found.facts.protocol <= 2 else "4")


SIGNS = Signs(
    "kombu",
    _FOUND,
    keys=(b"_kombu.binding.", b"unacked"),
    by_key=by_key,
    heads=(b"{", b"["),
    by_head=by_head,
)
