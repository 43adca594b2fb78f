"""Pickled responses that every werkzeug reads.

werkzeug 2.3 moved its `Headers` into a module of their own, and pickles name that. The name of
before still leads to them, in every release: it is written in its place.
"""

from __future__ import annotations

import pickletools
from typing import Any

from shelflife.operations import EntryWriter

_NOW, _BEFORE = "werkzeug.datastructures.headers", "werkzeug.datastructures"
_SHORT = b"\x8c"  # SHORT_BINUNICODE: a byte for the length, and the text
_NOTES = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT"})


class OldNames(EntryWriter):
    """Writes the headers of pickled responses by the name that they have always had."""

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `EntryWriter.write`."""
        entry = super().write(value)
        if self._dialect is None or _NOW.encode() not in entry or entry[:1] != b"!":
            return entry
        return b"!" + by_old_name(entry[1:])


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
    """Whether the text at this step is the module of what comes next."""
    after = [step for step in steps[number + 1 : number + 5] if step[0] not in _NOTES]
    return [step[0] for step in after[:2]] == ["SHORT_BINUNICODE", "STACK_GLOBAL"] and (
        after[0][1] == "Headers"
    )
