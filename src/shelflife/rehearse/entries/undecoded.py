"""Text outside ASCII in what was not decoded: too long, broken, or more than stand-ins can stand.

Rules:
1. Only what shows it for certain counts: letters in an unknown coding are no sign.
2. No more is looked at than would have been decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct
from typing import Union

from shelflife.pickles.table import OPCODES
from shelflife.rehearse.entries.contents import MOST, Unwrapped

_ESCAPED = re.compile(rb"\\u(?!00[0-7])[0-9a-fA-F]{4}|\\U(?!000000[0-7])[0-9a-fA-F]{8}")
_SPELLED = re.compile(rb"\\x([89a-fA-F][0-9a-fA-F])")
_TEXT = frozenset((b"X", b"\x8c", b"\x8d", b"U", b"T"))  # the last two are Python 2's, of any bytes
_LENGTHS = {form: Struct(form) for form in ("<B", "<i", "<I", "<Q")}


def shows_non_ascii(unwrapped: Unwrapped) -> bool:
    """Whether text outside ASCII can be seen in it."""
    codec, data = unwrapped
    seen = data[:MOST]
    if codec == "pickle":
        return any(map(_is_such_text, _texts(seen)))
    if codec in {"json", "text"}:
        return not seen.isascii() or (codec == "json" and _ESCAPED.search(seen) is not None)
    return False


def _texts(data: bytes) -> Iterator[bytes]:
    """Give the texts in a pickle as UTF-8, as far as it is one."""
    at = 0
    while at < len(data):
        code = data[at : at + 1]
        opcode = OPCODES.get(code)
        if opcode is None:
            return
        start, end = _argument(data, at + 1, opcode.argument)
        if end < start:
            return
        if code in _TEXT:
            yield data[start:end]
        elif code == b"V":
            yield str(data[start:end], "raw-unicode-escape", "ignore").encode("utf-8", "replace")
        elif code == b"S":
            yield _SPELLED.sub(lambda found: bytes([int(found[1], 16)]), data[start:end])
        at = end


def _argument(data: bytes, at: int, argument: Union[int, str]) -> tuple[int, int]:
    """Give where an argument begins and ends; it ends before it begins if it is cut off."""
    if isinstance(argument, int):
        return at, at + argument
    form = _LENGTHS.get(argument)
    if form is not None:
        start = at + form.size
        return start, start + form.unpack_from(data, at)[0] if start <= len(data) else 0
    end = at
    for _ in range(2 if argument == "lines" else 1):
        end = data.find(b"\n", end) + 1
        if not end:
            break
    return at, end


def _is_such_text(text: bytes) -> bool:
    """Whether this is UTF-8 outside ASCII; its last character may be cut off."""
    if text.isascii():
        return False
    try:
        str(text, "utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and not text[: error.start].isascii()
    return True
