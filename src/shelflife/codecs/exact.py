"""Packing in Python: slower, but it sees every value, and knows the way to the one to blame.

What ormsgpack would pack inexactly or not at all (bytearray, lone surrogates, ints beyond 64 bits,
keys that are not text) is rewritten into what it packs natively, and then packed by it. For values
that need no rewriting the bytes are those of the fast way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, NamedTuple, Optional

from ormsgpack import packb

from shelflife.codecs.blame import Culprit, Step, attribute, item, member, name_of
from shelflife.codecs.containers import MARKS, SETS, STEPS, expand_dict
from shelflife.codecs.packing import MAX_DEPTH, Encoders
from shelflife.codecs.scalars import encode_int, encode_surrogates
from shelflife.errors import NotPortable

_NATIVE = frozenset([type(None), bool, float, bytes])
_CYCLE = "it contains itself; cut the cycle, or allow codec 'pickle'"
_DEPTH = f"it nests deeper than {MAX_DEPTH} levels; flatten it, or allow codec 'pickle'"


class _TooDeep(Exception):
    """The value nests deeper than is packed."""


def pack_exactly(encoders: Encoders, value: Any) -> bytes:
    """Pack a value whose fast packing was inexact or failed.

    Args:
        encoders: What to do with each type.
        value: The value.

    Raises:
        NotPortable: With the path to the culprit.
        BelowFloor: The same, if it is a reader at the floor that lacks it.
    """
    try:
        native = _Rewriter(encoders).rewrite(value)
        return packb(native)
    except Culprit as culprit:
        raise culprit.as_error() from culprit.__cause__
    except (_TooDeep, RecursionError):
        raise NotPortable("value", name_of(type(value)), _DEPTH) from None
    except TypeError as error:
        if "ecursion" not in str(error):
            raise
        raise NotPortable("value", name_of(type(value)), _DEPTH) from None


class _Opened(NamedTuple):
    """A container, open: its parts, the step to each, and what puts the rewritten together."""

    parts: Iterable[Any]
    step: Callable[[int], Optional[Step]]
    close: Callable[[list[Any]], Any]


class _Rewriter:
    """Rewrites values into None, bool, int, float, str, bytes, Ext, list and dict of text."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders
        self._above: set[int] = set()

    def rewrite(self, value: Any) -> Any:
        """Rewrite a value; the only frame that a level of nesting takes."""
        kind = type(value)
        if kind in _NATIVE or (kind is str and is_utf8(value)):
            return value
        opened = self._open(value, kind)
        if type(opened) is not _Opened:
            return opened
        rewritten: list[Any] = []
        self._above.add(id(value))
        try:
            for part in opened.parts:
                rewritten.append(self.rewrite(part))  # noqa: PERF401 - the length is the index
        except Culprit as culprit:
            step = opened.step(len(rewritten))
            if step is not None:
                culprit.steps.append(step)
            raise
        self._above.discard(id(value))
        return opened.close(rewritten)

    def _open(self, value: Any, kind: type) -> Any:
        """Give the rewritten value if it is a scalar, and else what it is made of."""
        if kind is str:
            return encode_surrogates(value)
        if kind is int:
            return value if -(1 << 63) <= value < 1 << 64 else encode_int(value)
        if id(value) in self._above:
            raise Culprit(value, _CYCLE)
        if len(self._above) > MAX_DEPTH:
            raise _TooDeep
        return self._open_container(value, kind)

    def _open_container(self, value: Any, kind: type) -> Any:
        if kind is list:
            return _Opened(value, item, list)
        if kind in SETS:
            mark = MARKS[SETS[kind]]
            return _Opened(value, member, lambda parts: [mark, *sorted(parts, key=packb)])
        if kind is dict:
            if all(type(key) is str and is_utf8(key) for key in value):
                return _open_fields(value, item)
            return _open_expanded(value, expand_dict(value))
        return self._open_other(value, kind)

    def _open_other(self, value: Any, kind: type) -> Any:
        encoder = self._encoders.get(kind)
        if encoder is None:
            raise Culprit(value)
        expanded = encoder(value)
        if type(expanded) is not list:
            return expanded
        if not getattr(encoder, "is_record", False):
            return _open_expanded(value, expanded)
        *head, content = expanded
        fields = _open_fields(content, attribute)
        return fields._replace(close=lambda parts: [*head, fields.close(parts)])


def _open_fields(fields: dict[str, Any], step: Callable[[str], Step]) -> _Opened:
    names = list(fields)
    return _Opened(
        fields.values(), lambda index: step(names[index]), lambda parts: dict(zip(names, parts))
    )


def _open_expanded(value: Any, expanded: list[Any]) -> _Opened:
    mark, *parts = expanded
    find_step = STEPS.get(type(value))
    return _Opened(
        parts,
        lambda index: None if find_step is None else find_step(value, index),
        lambda rewritten: [mark, *rewritten],
    )


def is_utf8(text: str) -> bool:
    """Whether text can be encoded: it holds no lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
