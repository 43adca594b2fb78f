"""What a service writes to its output: followed while it runs, kept for the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

from shelflife.rehearse.redaction import redact_text

_START = "Traceback (most recent call last)"
# The last line of a traceback, and what other languages and loggers print: `ValueError: ...`
_RAISED = re.compile(
    r"\s*(?:\w+\.)*(?:(?:[A-Z]\w*)?(?:Error|Exception)|[A-Z]\w*(?:Warning|Exit|Interrupt))\b(?::|$)"
)
_DIGITS = re.compile(r"\d")
_QUOTED = re.compile(r'(?:[^"\\]|\\.)*')
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
        self._margin = ""  # what a logger puts before each line

    def new_exceptions(self) -> list[str]:
        """Read on, and give the last line of each traceback that is new, secrets taken out."""
        found = []
        for line in self._new_lines():
            self.tail.append(redact_text(line[:_LONGEST]))
            raised = self._raised(line)
            if raised:
                found.append(redact_text(raised[:_LONGEST]))
        del self.tail[:-30]
        return found

    def _raised(self, line: str) -> str:
        """Give the exception that a line ends a traceback with; "" if it does not."""
        before, start, after = line.partition(_START)
        if "\\n" in after:  # the whole of it in one line, as loggers write it that speak JSON
            return _last_line(start + after)
        if start:
            self._inside, self._margin = True, before
            return ""
        length = len(self._margin)
        if self._inside and _alike(line[:length], self._margin):
            line = line[length:]
        if self._inside and line.strip() and not line.startswith((" ", "\t")):
            self._inside = False
            return line.strip()
        return line.strip() if not self._inside and _RAISED.match(line) else ""

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


def _last_line(escaped: str) -> str:
    """Give the last line of a traceback that is a text in quotes, of any kind."""
    quoted = _QUOTED.match(escaped)
    try:
        text = str(json.loads(f'"{quoted[0] if quoted else ""}"'))
    except ValueError:
        text = ""
    for lines in (text.splitlines(), escaped.rstrip("\"'}) ").split("\\n")):
        outer = [each for each in lines if each.strip() and not each.startswith((" ", "\t"))]
        if len(outer) > 1:  # the first one is where it begins
            return outer[-1].strip()
    return ""


def _alike(one: str, other: str) -> bool:
    """Whether two beginnings of lines differ in their digits only: times, numbers of processes."""
    return _DIGITS.sub("0", one) == _DIGITS.sub("0", other)
