"""What lies in hashes, lists, sets and streams: each member is an entry of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shelflife.dialects.recognition import Stored
from shelflife.errors import ServerError
from shelflife.stores.inspection import Inspector

PASSING = frozenset({"closed", "timeout", "refused", "loading", "moved", "ask", "try-again"})
"""The kinds of failures that may be over when we ask again."""


class Members(NamedTuple):
    """What was found.

    Attributes:
        entries: The members, with the milliseconds that their keys have left.
        gone: How many keys were gone, or are strings by now.
        denied: How many were of a type whose command is denied, or unknown.
        more: How many have more members than were read.
    """

    entries: list[tuple[Stored, int]]
    gone: int
    denied: int
    more: int


def read_members(inspector: Inspector, keys: Sequence[tuple[bytes, int]], most: int) -> Members:
    """Read keys that are no strings, the first `most` members of each.

    Raises:
        ServerError: If the server fails; not if it denies a type's command.
    """
    entries: list[tuple[Stored, int]] = []
    gone = denied = more = 0
    types = inspector.types([key for key, _ in keys])
    for (key, ttl), kind in zip(keys, types):
        if kind in {"none", "string"}:
            gone += 1
            continue
        try:
            found = list(inspector.elements(key, kind, most + 1))
        except ServerError as error:
            if error.kind in PASSING:
                raise
            denied += 1
            continue
        more += len(found) > most
        denied += not found  # a type of a module
        entries += [(Stored(key, raw, kind, field), ttl) for field, raw in found[:most]]
    return Members(entries, gone, denied, more)
