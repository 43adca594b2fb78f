"""Opcodes that push one value which their own argument spells out."""

# ruff: noqa: D103 - the table at the end names the opcodes

from __future__ import annotations

import re

from shelflife.pickles.refusals import corrupt, over_budget
from shelflife.pickles.state import FLOAT, INT2, INT4, UINT4, UINT8, Handler, State

_INTEGER = re.compile(rb"[-+]?[0-9]+")
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\\'\"abfnrtv])", re.DOTALL)
_PLAIN_ESCAPES = dict(zip(b"\\'\"abfnrtv", b"\\'\"\a\b\f\n\r\t\v"))


def push_none(state: State, pos: int) -> int:
    state.stack.append(None)
    return pos


def push_true(state: State, pos: int) -> int:
    state.stack.append(True)
    return pos


def push_false(state: State, pos: int) -> int:
    state.stack.append(False)
    return pos


def push_int1(state: State, pos: int) -> int:
    state.stack.append(state.data[pos])
    return pos + 1


def push_int2(state: State, pos: int) -> int:
    state.stack.append(INT2(state.data, pos)[0])
    return pos + 2


def push_int4(state: State, pos: int) -> int:
    state.stack.append(INT4(state.data, pos)[0])
    return pos + 4


def push_float(state: State, pos: int) -> int:
    state.stack.append(FLOAT(state.data, pos)[0])
    return pos + 8


def push_int_line(state: State, pos: int) -> int:
    text, end = state.line(pos)
    if text in (b"00", b"01"):
        state.stack.append(text == b"01")
    else:
        state.stack.append(_integer(state, text, pos))
    return end


def push_long_line(state: State, pos: int) -> int:
    text, end = state.line(pos)
    state.stack.append(_integer(state, text[:-1] if text.endswith(b"L") else text, pos))
    return end


def _integer(state: State, text: bytes, pos: int) -> int:
    state.check_number(len(text))
    if not _INTEGER.fullmatch(text):
        raise corrupt("no number", pos)
    return int(text)


def push_float_line(state: State, pos: int) -> int:
    text, end = state.line(pos)
    state.check_number(len(text))
    try:
        state.stack.append(float(text))
    except ValueError:
        raise corrupt("no number", pos) from None
    return end


def _long(state: State, pos: int, length: int) -> int:
    end = state.take(pos, length)
    if length * 8 > state.budget.bits + 8:
        raise over_budget("digits")
    state.stack.append(int.from_bytes(state.data[pos:end], "little", signed=True))
    return end


def push_long1(state: State, pos: int) -> int:
    return _long(state, pos + 1, state.data[pos])


def push_long4(state: State, pos: int) -> int:
    length = INT4(state.data, pos)[0]
    if length < 0:
        raise corrupt("negative length", pos)
    return _long(state, pos + 4, length)


def push_text1(state: State, pos: int) -> int:
    start = pos + 1
    end = start + state.data[pos]
    if end > state.size:
        raise corrupt("cut off", pos)
    state.stack.append(str(state.data[start:end], "utf-8", "surrogatepass"))
    return end


def _text(state: State, pos: int, length: int) -> int:
    end = state.take(pos, length)
    state.stack.append(str(state.data[pos:end], "utf-8", "surrogatepass"))
    return end


def push_text4(state: State, pos: int) -> int:
    return _text(state, pos + 4, UINT4(state.data, pos)[0])


def push_text8(state: State, pos: int) -> int:
    return _text(state, pos + 8, UINT8(state.data, pos)[0])


def push_text_line(state: State, pos: int) -> int:
    text, end = state.line(pos)
    state.stack.append(str(text, "raw-unicode-escape"))
    return end


def _bytes(state: State, pos: int, length: int) -> int:
    end = state.take(pos, length)
    state.stack.append(state.data[pos:end])
    return end


def push_bytes1(state: State, pos: int) -> int:
    return _bytes(state, pos + 1, state.data[pos])


def push_bytes4(state: State, pos: int) -> int:
    return _bytes(state, pos + 4, UINT4(state.data, pos)[0])


def push_bytes8(state: State, pos: int) -> int:
    return _bytes(state, pos + 8, UINT8(state.data, pos)[0])


def push_bytearray8(state: State, pos: int) -> int:
    end = state.take(pos + 8, UINT8(state.data, pos)[0])
    state.take_memory(64 + end - pos)
    state.stack.append(bytearray(state.data[pos + 8 : end]))
    return end


def _string(state: State, pos: int, length: int) -> int:
    end = state.take(pos, length)
    state.stack.append(state.decode(state.data[pos:end]))
    return end


def push_string1(state: State, pos: int) -> int:
    return _string(state, pos + 1, state.data[pos])


def push_string4(state: State, pos: int) -> int:
    length = INT4(state.data, pos)[0]
    if length < 0:
        raise corrupt("negative length", pos)
    return _string(state, pos + 4, length)


def push_string_line(state: State, pos: int) -> int:
    text, end = state.line(pos)
    state.stack.append(state.decode(unquote(text, pos)))
    return end


def unquote(text: bytes, pos: int) -> bytes:
    """Give the bytes of a Python 2 string literal."""
    text = text.strip(b" \t\r")
    if len(text) < 2 or text[0] != text[-1] or text[:1] not in (b"'", b'"'):
        raise corrupt("a string without its quotes", pos)
    return _ESCAPE.sub(_unescape, text[1:-1])


def _unescape(match: re.Match[bytes]) -> bytes:
    found = match[1]
    if found[:1] == b"x":
        return bytes([int(found[1:], 16)])
    if found[:1].isdigit():
        return bytes([int(found, 8) & 0xFF])
    return bytes([_PLAIN_ESCAPES[found[0]]])


HANDLERS: dict[bytes, Handler] = {
    b"N": push_none,
    b"\x88": push_true,
    b"\x89": push_false,
    b"K": push_int1,
    b"M": push_int2,
    b"J": push_int4,
    b"G": push_float,
    b"I": push_int_line,
    b"L": push_long_line,
    b"F": push_float_line,
    b"\x8a": push_long1,
    b"\x8b": push_long4,
    b"\x8c": push_text1,
    b"X": push_text4,
    b"\x8d": push_text8,
    b"V": push_text_line,
    b"C": push_bytes1,
    b"B": push_bytes4,
    b"\x8e": push_bytes8,
    b"\x96": push_bytearray8,
    b"U": push_string1,
    b"T": push_string4,
    b"S": push_string_line,
}
