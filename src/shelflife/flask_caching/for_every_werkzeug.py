"""Pickled responses that every werkzeug reads.

Rules:
1. werkzeug 2.3 moved its `Headers` into a module of their own, and pickles name that. The name of
   before still leads to them, in every release: it is written in its place.
2. werkzeug 2.3 looks for `_charset`, which no other release has: it is written as well.
"""

from __future__ import annotations

import pickletools
from typing import Any

from werkzeug.wrappers import Response

from shelflife.operations import EntryWriter

_NOW, _BEFORE = "werkzeug.datastructures.headers", "werkzeug.datastructures"
_SHORT = b"\x8c"  # SHORT_BINUNICODE: a byte for the length, and the text
_NOTES = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT"})


class ForEveryWerkzeug(EntryWriter):
    """Writes pickled responses so that every release of werkzeug reads them."""

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `EntryWriter.write`."""
        if self._dialect is None:
            return super().write(value)
        entry = super().write(_with_charset(value) if isinstance(value, Response) else value)
        if _NOW.encode() not in entry or entry[:1] != b"!":
            return entry
        return b"!" + by_old_name(entry[1:])


def _with_charset(response: Any) -> Any:
    copy = object.__new__(type(response))
    vars(copy).update({"_charset": "utf-8", **vars(response)})
    return copy


def by_old_name(pickled: bytes) -> bytes:
    """Give the same pickle with the older name, and without frames: their lengths would change."""
    steps = [(step.name, argument, at or 0) for step, argument, at in pickletools.genops(pickled)]
    ends = [at for _, _, at in steps[1:]] + [len(pickled)]
    pieces = []
    for number, ((name, argument, at), end) in enumerate(zip(steps, ends)):
        if name == "FRAME":
            continue
        if name == "GLOBAL" and argument == f"{_NOW} Headers":
            pieces.append(f"c{_BEFORE}\nHeaders\n".encode())
        elif name == "SHORT_BINUNICODE" and argument == _NOW and _names(steps, number):
            pieces.append(_SHORT + bytes([len(_BEFORE)]) + _BEFORE.encode())
        else:
            pieces.append(pickled[at:end])
    return b"".join(pieces)


def _names(steps: list[tuple[str, Any, int]], number: int) -> bool:
    """Whether the text at this step is the module of a name that comes next."""
    after = [step for step, _, _ in steps[number + 1 : number + 5] if step not in _NOTES]
    return after[1:2] == ["STACK_GLOBAL"]
