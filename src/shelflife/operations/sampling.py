"""Whose entries are read: a few of them are looked at, now and then.

Rules:
1. A read costs nothing more. To look at the next few, another reader takes the place of the
   context's own, and puts it back.
2. What counts is an entry that gave a value. One that gave none names its writer anyway.
"""

from __future__ import annotations

from typing import Any

from shelflife.envelope import read_hints
from shelflife.operations.context import Context
from shelflife.operations.entries import EntryReader

FEW = 8


class Sampling:
    """Looks at entries that one cache reads.

    Args:
        context: The cache's.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reader = context.reader

    def begin(self) -> None:
        """Look at the next few entries that are read."""
        self._context.reader = _Looking(self._reader, self._look, FEW)

    def _look(self, raw: Any, left: int) -> None:
        if left <= 0:
            self._context.reader = self._reader
        if raw.__class__ is bytes:
            writer = read_hints(raw).writer or ""
            self._context.recorder.sampled(release_in(writer))


class _Looking(EntryReader):
    """Reads as another reader does, and shows the first few entries.

    Threads may race for the last of them: then a few more are shown.
    """

    def __init__(self, reader: EntryReader, look: Any, few: int) -> None:
        vars(self).update(vars(reader))
        self._read = reader.read
        self._look = look
        self._left = few

    def read(self, raw: Any) -> Any:
        """Give the value of an entry; see `EntryReader.read`."""
        value = self._read(raw)
        if self._left > 0:
            self._left -= 1
            self._look(raw, self._left)
        return value


def release_in(writer: str) -> str:
    """Give the release that an entry's writer names: "2026-11-28 cpython3.11.7" has two parts."""
    release, _, runtime = writer.rpartition(" ")
    return release or runtime
