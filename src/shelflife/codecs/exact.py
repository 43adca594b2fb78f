"""Packing in Python: slower, but it sees every value, and knows the way to the one to blame.

What ormsgpack would pack inexactly or not at all (bytearray, lone surrogates, ints beyond 64 bits,
keys that are not text) is rewritten into what it packs natively, and then packed by it. For values
that need no rewriting the bytes are those of the fast way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from ormsgpack import Ext, packb

from shelflife.codecs.blame import Culprit, Step, attribute, item, member, name_of
from shelflife.codecs.containers import MARKS, SETS, STEPS, expand_dict
from shelflife.codecs.packing import MAX_DEPTH, Encoders
from shelflife.codecs.scalars import encode_int, encode_surrogates
from shelflife.errors import NotPortable

_NATIVE = frozenset([type(None), bool, float, bytes, Ext])
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
    """
    try:
        native = _Rewriter(encoders).rewrite(value)
        return packb(native)
    except Culprit as culprit:
        raise culprit.not_portable() from culprit.__cause__
    except (_TooDeep, RecursionError):
        raise NotPortable("value", name_of(type(value)), _DEPTH) from None
    except TypeError as error:
        if "ecursion" not in str(error):
            raise
        raise NotPortable("value", name_of(type(value)), _DEPTH) from None


class _Rewriter:
    """Rewrites values into None, bool, int, float, str, bytes, Ext, list and dict of text."""

    def __init__(self, encoders: Encoders) -> None:
        self._encoders = encoders
        self._above: set[int] = set()

    def rewrite(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return value if _is_utf8(value) else encode_surrogates(value)
        if kind is int:
            return value if -(1 << 63) <= value < 1 << 64 else encode_int(value)
        if kind is Ext:
            raise Culprit(value)
        if kind in _NATIVE:
            return value
        if id(value) in self._above:
            raise Culprit(value, _CYCLE)
        if len(self._above) >= MAX_DEPTH:
            raise _TooDeep
        self._above.add(id(value))
        try:
            return self._rewrite_other(value, kind)
        finally:
            self._above.discard(id(value))

    def _rewrite_other(self, value: Any, kind: type) -> Any:
        if kind is list:
            return self._members(value, value, kind)
        if kind is dict and all(type(key) is str and _is_utf8(key) for key in value):
            return self._fields(value, item)
        if kind in SETS:
            return self._sorted(value, SETS[kind])
        encoder = expand_dict if kind is dict else self._encoders.get(kind)
        if encoder is None:
            raise Culprit(value)
        expanded = encoder(value)
        if type(expanded) is not list:
            return expanded
        if getattr(encoder, "is_record", False):
            return [*expanded[:-1], self._fields(expanded[-1], attribute)]
        return [expanded[0], *self._members(value, expanded[1:], kind)]

    def _members(self, value: Any, members: Iterable[Any], kind: type) -> list[Any]:
        rewritten: list[Any] = []
        for content in members:
            try:
                rewritten.append(self.rewrite(content))
            except Culprit as culprit:
                _add_step(culprit, value, len(rewritten), kind)
                raise
        return rewritten

    def _fields(self, fields: dict[str, Any], step: Any) -> dict[str, Any]:
        rewritten: dict[str, Any] = {}
        for name, content in fields.items():
            try:
                rewritten[name] = self.rewrite(content)
            except Culprit as culprit:
                culprit.steps.append(step(name))
                raise
        return rewritten

    def _sorted(self, value: Any, number: int) -> list[Any]:
        """Order a set's members by their bytes, each of which is packed but once per level."""
        rewritten = self._members(value, value, set)
        return [MARKS[number], *sorted(rewritten, key=packb)]


def _add_step(culprit: Culprit, value: Any, index: int, kind: type) -> None:
    step: Optional[Step]
    if kind is list:
        step = item(index)
    elif kind is set:
        step = member(index)
    else:
        step = STEPS[kind](value, index) if kind in STEPS else None
    if step is not None:
        culprit.steps.append(step)


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
