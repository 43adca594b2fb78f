"""RESP, version 2 and 3, cut into messages as its bytes come, whole or one at a time.

Rules:
1. Nothing is built recursively, and nothing is allocated that was only announced.
2. What is no RESP raises `NotRespError`; from then on the parser must not be fed.
3. A map is a flat list, a set is a list: both versions then look alike. Attributes are dropped.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Optional

from shelflife.stores.replies import ErrorReply

LONGEST_BULK = 512 << 20  # what servers take at most, unless they are told otherwise
LONGEST_LINE = 64 << 10  # the same for what has no length before it
_BULK, _ARRAY = 0x24, 0x2A
_ATTRIBUTE, _PUSH = 0x7C, 0x3E
_BEGUN = object()
_QUOTED = re.compile(
    rb"""\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"']\S*))(?=\s|$)""", re.DOTALL
)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"a": b"\a"}


class NotRespError(Exception):
    """The bytes are no RESP."""


class Push(list[Any]):
    """A message that answers no command."""


class _Parser:
    """Keeps the bytes of a message that is not whole yet, and looks again when it may be."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._size = 0
        self._needed = 1

    def feed(self, data: bytes) -> list[Any]:
        """Give the messages that are whole now.

        Raises:
            NotRespError: If there is one that never will be; those before it are in `args[0]`.
        """
        self._size += len(data)
        self._waiting.append(data)
        if self._size < self._needed:
            return []
        if len(self._waiting) > 1:
            data = b"".join(self._waiting)
        found: list[Any] = []
        try:
            at, self._needed = self._cut(data, found)
        except NotRespError:
            raise NotRespError(found) from None
        self._waiting = [data[at:]] if at < len(data) else []
        self._size = len(data) - at
        return found

    def _cut(self, data: bytes, found: list[Any]) -> tuple[int, int]:
        """Cut off what is whole: where that ends, and how many bytes from there are needed."""
        raise NotImplementedError


def _line_end(data: bytes, at: int, mark: bytes = b"\r\n") -> int:
    """Give where a line ends, or -1 if it may end later."""
    end = data.find(mark, at, at + LONGEST_LINE)
    if end < 0 and len(data) - at >= LONGEST_LINE:
        raise NotRespError
    return end


def _length(digits: bytes, most: int) -> int:
    if digits.isdigit() and len(digits) <= 10 and int(digits) <= most:
        return int(digits)
    if digits == b"-1":
        return -1
    raise NotRespError


class Requests(_Parser):
    """What a client sends: each message is a tuple of words, () for one without an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[bytes] = []
        self._left = 0  # words that are still to come of the command that has begun

    def _cut(self, data: bytes, found: list[Any]) -> tuple[int, int]:
        at, size = 0, len(data)
        words = self._words
        while at < size:
            if not self._left and data[at] != _ARRAY:
                end = _line_end(data, at, b"\n")
                if end < 0:
                    break
                found.append(_split(data[at:end].strip()))
                at = end + 1
                continue
            end = _line_end(data, at)
            if end < 0:
                break
            if not self._left:
                self._left = max(0, _length(data[at + 1 : end], LONGEST_BULK))
                at = end + 2
                if not self._left:
                    found.append(())
                continue
            start = end + 2
            end = start + _word_length(data, at, end)
            if end + 2 > size:
                return at, end + 2 - at
            words.append(data[start:end])
            at = end + 2
            self._left -= 1
            if not self._left:
                found.append(tuple(words))
                words.clear()
        return at, size - at + 1


def _word_length(data: bytes, at: int, end: int) -> int:
    length = _length(data[at + 1 : end], LONGEST_BULK)
    if data[at] != _BULK or length < 0:
        raise NotRespError
    return length


def _split(line: bytes) -> tuple[bytes, ...]:
    """Split a command as a shell would, as servers do."""
    if b'"' not in line and b"'" not in line:
        return tuple(line.split())
    words, at = [], 0
    while at < len(line):
        match = _QUOTED.match(line, at)
        if match is None:
            raise NotRespError
        double, single, plain = match.groups()
        if double is not None:
            words.append(_ESCAPE.sub(_unescape, double))
        else:
            words.append(plain if single is None else single.replace(b"\\'", b"'"))
        at = match.end()
    return tuple(words)


def _unescape(match: re.Match[bytes]) -> bytes:
    found = match[1]
    if len(found) == 3:
        return bytes([int(found[1:], 16)])
    return _ESCAPED.get(found, found)


class _Open:
    """A container whose members are still to come."""

    __slots__ = ("items", "kind", "left")

    def __init__(self, kind: int, left: int) -> None:
        self.kind = kind
        self.left = left
        self.items: list[Any] = Push() if kind == _PUSH else []


class Replies(_Parser):
    """What a server sends: bytes, int, bool, None, `ErrorReply`, lists of these, and `Push`."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[_Open] = []

    def _cut(self, data: bytes, found: list[Any]) -> tuple[int, int]:
        at, size = 0, len(data)
        while at < size:
            end = _line_end(data, at)
            if end < 0:
                break
            kind, line, after = data[at], data[at + 1 : end], end + 2
            value: Any = None
            if kind in _SIZED:
                length = _length(line, LONGEST_BULK)
                if length >= 0:
                    after += length + 2
                    if after > size:
                        return at, after - at
                    value = _SIZED[kind](_sized(data, end + 2, after - 2))
            elif kind in _MEMBERS:
                value = self._begin(kind, _length(line, LONGEST_BULK) * _MEMBERS[kind])
            else:
                value = _LINES.get(kind, _no_line)(line)
            at = after
            if value is not _BEGUN:
                self._put(value, found)
        return at, size - at + 1

    def _begin(self, kind: int, length: int) -> Any:
        """Open a container, or give it if it has no members."""
        if length > 0:
            self._open.append(_Open(kind, length))
        if length > 0 or kind == _ATTRIBUTE:
            return _BEGUN
        if length < 0:
            return None
        return Push() if kind == _PUSH else []

    def _put(self, value: Any, found: list[Any]) -> None:
        """Put a value where it belongs, and so each container that is full by that."""
        while self._open:
            container = self._open[-1]
            container.items.append(value)
            container.left -= 1
            if container.left:
                return
            self._open.pop()
            if container.kind == _ATTRIBUTE:
                return
            value = container.items
        found.append(value)


def _sized(data: bytes, start: int, end: int) -> bytes:
    if data[end : end + 2] != b"\r\n":
        raise NotRespError
    return data[start:end]


def _no_line(_: bytes) -> Any:
    raise NotRespError


def _integer(line: bytes) -> int:
    try:
        return int(line)
    except ValueError:
        raise NotRespError from None


def _null(line: bytes) -> None:
    if line:
        raise NotRespError


def _error(line: bytes) -> ErrorReply:
    return ErrorReply(line.decode("utf-8", "replace"))


def _same(data: bytes) -> bytes:
    return data


_SIZED: dict[int, Callable[[bytes], Any]] = {
    _BULK: _same,
    ord("="): lambda data: data[4:],  # behind the kind of text and a colon
    ord("!"): _error,
}
_MEMBERS = {_ARRAY: 1, ord("~"): 1, _PUSH: 1, ord("%"): 2, _ATTRIBUTE: 2}
_LINES: dict[int, Callable[[bytes], Optional[Any]]] = {
    ord("+"): _same,
    ord(":"): _integer,
    ord("-"): _error,
    ord(","): _same,
    ord("("): _same,
    ord("#"): lambda line: line == b"t",
    ord("_"): _null,
}
