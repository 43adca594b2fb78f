"""Bare pickles: no mark but their own first bytes.

Rules:
1. `80` and a protocol: a pickle, or a broken one. What follows its end is read past by every
   loader, and so is no fault.
2. Protocols 0 and 1 have no such head: they must begin as a pickle can, parse, and end with the
   entry's last byte.
3. What is written in its place has the highest protocol where this one has it, else the default.
"""

from __future__ import annotations

from shelflife.dialects.owners import owners_of
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import Facts, facts

HIGHEST = 5
_STARTS = frozenset(b"(])}INLFSVUTXKMJG\x8a\x8bcl\x88\x89CB")
_PROTOCOLS = range(32)  # no Python will write more for a long time


def may_begin(raw: bytes) -> bool:
    """Whether a pickle without a head can begin so: nothing is on the stack or in the memo yet."""
    return bool(raw) and raw[0] in _STARTS


def look_at_pickle(payload: bytes) -> Recognised:
    """Say what is in a pickle, or in what begins like one."""
    try:
        found = facts(payload)
    except Unreadable as error:
        return broken(payload, error.detail)
    return Recognised("pickle", (), "pickle", "", payload, found, "", "", writes(found))


def broken(payload: bytes, detail: str) -> Recognised:
    """Say of a pickle that it is none: cut off, damaged, or of a protocol to come."""
    if payload[:1] == b"\x80" and payload[1:2] > b"\x05":
        detail = f"declares pickle protocol {payload[1]}; the newest is {HIGHEST}"
        return Recognised("pickle", codec="pickle", reason=Reason.PROTOCOL, detail=detail)
    detail = f"a broken pickle: {detail}"
    return Recognised("pickle", codec="pickle", reason=Reason.CORRUPT, detail=detail)


def writes(found: Facts) -> str:
    """Say how the protocol was chosen, as far as a pickle of unknown origin tells."""
    return "highest" if found.protocol == HIGHEST else "default"


def begins_pickle(raw: bytes) -> bool:
    """Whether the bytes begin with a pickle's head."""
    if raw[:1] != b"\x80" or len(raw) < 2 or raw[1] not in _PROTOCOLS:
        return False
    return raw[1] <= HIGHEST or raw[-1:] == b"."


def is_old_pickle(raw: bytes) -> bool:
    """Whether the bytes are one whole pickle of protocol 0 or 1."""
    if raw[-1:] != b"." or not may_begin(raw):
        return False
    try:
        return facts(raw).end == len(raw)
    except Unreadable:
        return False


def by_head(stored: Stored) -> Recognised:
    """Look at an entry that begins with `80`: what most libraries write, and so kept short."""
    raw = stored.raw
    try:
        found = facts(raw)
    except Unreadable as error:
        owners = owners_of(stored, "pickle")
        return broken(raw, error.detail)._replace(owners=owners)
    return Recognised(
        "pickle", owners_of(stored, "pickle"), "pickle", "", raw, found, "", "", writes(found)
    )


def read(stored: Stored) -> Recognised:
    """Judge by the rules of `pickle.loads`."""
    return look_at_pickle(stored.raw)


SIGNS = Signs("pickle", Recognised("pickle", codec="pickle"), read=read)
