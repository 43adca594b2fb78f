"""The values of a registry's fields: a version, a checksum, and JSON.

    1 9f3a0c11 {"by": "ana@ops", ...}

Rules:
1. What does not match its checksum, or is not what it should be, is corrupt. What has another
   version is newer. Neither is ever believed.
2. Nothing in it can cost more than its length: it is short, and nests hardly.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from typing import Any, Optional

from shelflife.floors import Bounds, Floor

VERSION = 1
LONGEST = 64 * 1024
_LONGEST_TEXT = 500
_FRAME = re.compile(rb"(\d{1,9}) ([0-9a-f]{8}) (\{.*\})", re.DOTALL)


class BadRecord(Exception):
    """A value that is not believed.

    Attributes:
        why: "corrupt" or "newer".
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def frame(facts: dict[str, Any]) -> bytes:
    """Give the value that holds these facts."""
    body = json.dumps(facts, separators=(",", ":"), sort_keys=True).encode()
    return b"%d %08x %s" % (VERSION, zlib.crc32(body), body)


def unframe(value: bytes) -> Facts:
    """Give the facts that a value holds.

    Raises:
        BadRecord: If it is not to be believed.
    """
    match = _FRAME.fullmatch(value) if len(value) <= LONGEST else None
    if match is None:
        raise BadRecord("corrupt")
    if int(match[1]) != VERSION:
        raise BadRecord("newer")
    if zlib.crc32(match[3]) != int(match[2], 16):
        raise BadRecord("corrupt")
    try:
        return Facts(json.loads(match[3]))
    except (ValueError, RecursionError):
        raise BadRecord("corrupt") from None


class Facts:
    """Facts of a record, each taken out as what it must be, or the record is corrupt."""

    def __init__(self, facts: Any) -> None:
        if not isinstance(facts, dict):
            raise BadRecord("corrupt")
        self._facts = facts

    def text(self, name: str) -> str:
        """Give a line of printable text."""
        found = self._facts.get(name)
        if not isinstance(found, str) or not found.isprintable() or len(found) > _LONGEST_TEXT:
            raise BadRecord("corrupt")
        return found

    def moment(self, name: str) -> Optional[float]:
        """Give seconds of the server's clock, or None."""
        found = self._facts.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise BadRecord("corrupt")
        if not math.isfinite(found) or not 0 <= found < 1e11:
            raise BadRecord("corrupt")
        return float(found)

    def number(self, name: str) -> int:
        """Give a whole number from 0 up."""
        return _number(self._facts.get(name))

    def floor(self, name: str) -> Floor:
        """Give a floor."""
        found = self.floor_or_none(name)
        if found is None:
            raise BadRecord("corrupt")
        return found

    def floor_or_none(self, name: str) -> Optional[Floor]:
        """Give a floor, or None."""
        facts = self._facts.get(name)
        return None if facts is None else _floor(facts)

    def rows(self, name: str) -> list[Facts]:
        """Give a list of facts."""
        found = self._facts.get(name)
        if not isinstance(found, list):
            raise BadRecord("corrupt")
        return [Facts(row) for row in found]


def floor_facts(floor: Floor) -> dict[str, Any]:
    """Give a floor as facts: as it is, so that an older release can make something of it."""
    return {
        "python": list(floor.python),
        "dialects": sorted(floor.dialects),
        "format": floor.format,
        "packages": [list(bounds) for bounds in floor.packages],
    }


def _floor(facts: Any) -> Floor:
    try:
        python = _version(facts["python"])
        dialects = facts["dialects"]
        packages = [_bounds(bounds) for bounds in facts["packages"]]
        if python is None or len(python) != 2 or not all(isinstance(d, str) for d in dialects):
            raise BadRecord("corrupt")
        return Floor(
            (python[0], python[1]),
            frozenset(dialects),
            _number(facts["format"]),
            tuple(sorted(packages)),
        )
    except (KeyError, TypeError, ValueError):
        raise BadRecord("corrupt") from None


def _bounds(facts: Any) -> Bounds:
    package, low, high = facts
    if not isinstance(package, str):
        raise BadRecord("corrupt")
    return Bounds(package, _version(low), _version(high))


def _version(facts: Any) -> Optional[tuple[int, ...]]:
    if facts is None:
        return None
    if not isinstance(facts, list) or len(facts) > 8:
        raise BadRecord("corrupt")
    return tuple(map(_number, facts))


def _number(found: Any) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 2**53:
        raise BadRecord("corrupt")
    return found
