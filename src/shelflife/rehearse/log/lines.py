"""The lines of a log, one at a time, whatever its size.

Rules:
1. A line is at most 1 MiB: of a longer one nothing is kept, and it is said to be too long.
2. A file is unpacked if its first bytes are gzip's, whatever its name.
3. Where a packed file is damaged or ends early, what could be unpacked is given, and the damage
   is one line that cannot be read.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

LONGEST = 1 << 20

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


# The first bytes of what is no log of lines, and what to do about it.
_OTHERS = (
    (b"\xff\xfe", "it is UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "it is UTF-16: save it as UTF-8"),
    (b"PK\x03\x04", "it is packed with zip: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is packed with zstd: unpack it first"),
    (b"\xfd7zXZ", "it is packed with xz: unpack it first"),
    (b"BZh", "it is packed with bzip2: unpack it first"),
)


class Line(NamedTuple):
    """One line.

    Attributes:
        number: From 1.
        text: Without its end; b"" if it cannot be read.
        damage: Why it cannot be read; "" if it can.
    """

    number: int
    text: bytes
    damage: str = ""


def read_lines(file: Path) -> Iterator[Line]:
    """Give a log's lines in order."""
    with ExitStack() as stack:
        log: BinaryIO = stack.enter_context(file.open("rb"))
        if cast("io.BufferedReader", log).peek(2)[:2] == _GZIP:
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=log))
            log = cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", unpacked)))
        number = 0
        try:
            for number, text in enumerate(_pieces(log), 1):
                yield _line(number, text)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            yield Line(number + 1, b"", "the gzip file is damaged or ends early from here on")


def why_no_lines(file: Path) -> str:
    """Say what a file is instead of lines of text; "" if that is not known."""
    if not file.is_file():
        return ""
    with file.open("rb") as opened:
        start = opened.read(8)
    return next((what for first, what in _OTHERS if start.startswith(first)), "")


def _pieces(log: BinaryIO) -> Iterator[bytes]:
    while piece := log.readline(LONGEST + 2):
        rest = piece
        while rest and not rest.endswith(b"\n"):
            rest = log.readline(LONGEST)
        yield piece


def _line(number: int, piece: bytes) -> Line:
    text = piece.rstrip(b"\r\n")
    if number == 1 and text.startswith(_BOM):
        text = text[len(_BOM) :]
    if len(text) > LONGEST:
        return Line(number, b"", "it is longer than 1 MiB")
    return Line(number, text)
