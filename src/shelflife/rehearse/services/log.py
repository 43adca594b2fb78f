"""What a service writes to its output: followed while it runs, kept for the report."""

from __future__ import annotations

import re
from pathlib import Path

from shelflife.rehearse.redaction import redact_text

_START = "Traceback (most recent call last)"
# The last line of a traceback, and what other languages and loggers print: `ValueError: ...`
_RAISED = re.compile(r"\s*(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt)\b(?::|$)")
_LONGEST = 500
_MOST_AT_ONCE = 1 << 20


class ServiceLog:
    """A growing file, and how far it was read.

    Attributes:
        tail: The last lines that were read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tail: list[str] = []
        self._read = 0
        self._rest = b""
        self._inside = False

    def new_exceptions(self) -> list[str]:
        """Read on, and give the last line of each traceback that is new, secrets taken out."""
        found = []
        for line in self._new_lines():
            self.tail.append(redact_text(line[:_LONGEST]))
            if line.startswith(_START):
                self._inside = True
            elif self._inside and line.strip() and not line.startswith((" ", "\t")):
                self._inside = False
                found.append(redact_text(line.strip()[:_LONGEST]))
            elif not self._inside and _RAISED.match(line):
                found.append(redact_text(line.strip()[:_LONGEST]))
        del self.tail[:-30]
        return found

    def _new_lines(self) -> list[str]:
        size = self.path.stat().st_size if self.path.exists() else 0
        if size <= self._read:
            return []
        with self.path.open("rb") as file:
            # Whoever writes faster than this is not read to the end: what came last counts.
            start = max(self._read, size - _MOST_AT_ONCE)
            file.seek(start)
            data = file.read(size - start)
        self._read = size
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
