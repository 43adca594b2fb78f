"""The value in an entry, rebuilt without any class of the user's.

Rules:
1. A dialect's own wrapping that its first bytes do not tell is not taken off.
2. What is longer than `MOST` is not decoded.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Callable, NamedTuple

from ormsgpack import OPT_NON_STR_KEYS, unpackb

from shelflife.codecs.lengths import ORMSGPACK_CHECKS, check_lengths
from shelflife.codecs.restoring import restore
from shelflife.dialects import Recognised
from shelflife.dialects.compressors import MOST as MOST_UNPACKED
from shelflife.dialects.wrappings import peel
from shelflife.envelope import unseal
from shelflife.errors import Unreadable
from shelflife.pickles import DEFAULT_BUDGET, Py2Text, load
from shelflife.rehearse.entries.stand_in import AllowAll, StandIn, resolve

MOST = 1 << 20
UNDECODED = object()
_BUDGET = replace(DEFAULT_BUDGET, bytes=MOST, opcodes=MOST)
_ALLOW = AllowAll()
_ENVELOPE = "envelope+"


class Unwrapped(NamedTuple):
    """Bytes with nothing around them, and how they are coded: "pickle", "json", "portable", ..."""

    codec: str
    data: bytes


def unwrap(found: Recognised, raw: bytes) -> Unwrapped:
    """Take off what is around a value.

    Args:
        found: What `recognise` says of the entry.
        raw: Its bytes.

    Raises:
        Unreadable: If no reader could.
    """
    if found.payload is not None:  # loaders do not look at what follows its end
        end = None if found.facts is None else found.facts.end
        return Unwrapped("pickle", found.payload[:end])
    if found.codec.startswith(_ENVELOPE):
        _, payload = unseal(raw, MOST_UNPACKED)
        return Unwrapped(found.codec[len(_ENVELOPE) :], bytes(payload))
    if found.codec == "?":  # bytes without any format
        return Unwrapped("bytes", raw)
    return Unwrapped(found.codec.rpartition("+")[2], peel(raw).data)


def decode(unwrapped: Unwrapped) -> Any:
    """Give the value, or UNDECODED."""
    codec, data = unwrapped
    if codec not in _DECODERS or len(data) > MOST:
        return UNDECODED
    try:
        return _DECODERS[codec](data)
    except (Unreadable, ValueError, RecursionError):
        return UNDECODED


def _unpickle(data: bytes) -> Any:
    budget = _BUDGET
    return load(data, allow=_ALLOW, resolve=resolve, text=Py2Text.LATIN_1, budget=budget).value


def _parse_json(data: bytes) -> Any:
    return json.loads(data, parse_int=_integer)


def _integer(_: str) -> int:
    """Stand for an integer, however many digits it has: only its type matters."""
    return 0


def _unpack(data: bytes) -> Any:
    if not ORMSGPACK_CHECKS:
        check_lengths(data)
    return unpackb(data, ext_hook=lambda _, __: StandIn(), option=OPT_NON_STR_KEYS)


def _restore(data: bytes) -> Any:
    return restore(lambda node: StandIn(*node[3:]), data)


_DECODERS: dict[str, Callable[[bytes], Any]] = {
    "pickle": _unpickle,
    "portable": _restore,
    "json": _parse_json,
    "msgpack": _unpack,
    "text": lambda data: str(data, "utf-8"),
    "int": len,
    "bytes": bytes,
}
