"""The serializer MessagePack, as the package msgpack writes and reads it.

Rules:
1. Only what comes back as itself is written: text, bytes, numbers of 64 bits, booleans, None,
   lists, and dicts whose keys are text. A tuple would come back as a list: that is refused.
2. Extension types are `unknown-codec`: what they stand for is the writer's own.
3. The value must end with the last byte. ormsgpack reads past what follows, so that the value is
   put into a list, before a second one that must be met.
"""

from __future__ import annotations

from typing import Any

import ormsgpack

from shelflife.codecs.blame import name_of
from shelflife.codecs.exact import is_utf8
from shelflife.codecs.lengths import ORMSGPACK_CHECKS, check_lengths
from shelflife.dialects.serving.sameness import check_unchanged, pack_plainly
from shelflife.dialects.serving.weighing import weigh
from shelflife.errors import NotPortable, Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import Budget

_KINDS = frozenset((bytes, float, bool, type(None)))
_INTEGERS = range(-(1 << 63), 1 << 64)
_PAIR, _END = b"\x92", b"\xc4\x10shelflife's end."
_OPENERS = bytes(range(0x80, 0xA0)) + b"\xdc\xdd\xde\xdf"


class MessagePackValues:
    """Values as MessagePack."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def load(self, data: bytes) -> Any:
        """Give the value; raises Unreadable and nothing else."""
        weigh(data, _OPENERS, self._budget)
        tags: list[int] = []

        def refuse(tag: int, _: bytes) -> Any:
            tags.append(tag)
            raise ValueError

        pair = _PAIR + data + _END
        try:
            if not ORMSGPACK_CHECKS:
                check_lengths(pair)
            value, end = ormsgpack.unpackb(pair, ext_hook=refuse, option=ormsgpack.OPT_NON_STR_KEYS)
            if end == _END[2:]:
                return value
        except (ValueError, TypeError, RecursionError):
            pass  # the message may quote the entry
        if tags:
            raise Unreadable(Reason.UNKNOWN_CODEC, f"MessagePack's extension type {tags[0]}")
        raise Unreadable(Reason.CORRUPT, "the entry is no MessagePack value")

    def dump(self, value: Any) -> bytes:
        """Give the bytes; raises NotPortable."""
        packed = pack_plainly(value)
        if packed is None:
            check_unchanged(value, is_plain, "MessagePack")
            raise NotPortable("value", name_of(type(value)), "MessagePack takes no such value")
        return packed


def is_plain(value: Any) -> bool:
    """Whether a value has no parts and comes back as itself."""
    kind = type(value)
    if kind is int:
        return value in _INTEGERS
    return is_utf8(value) if kind is str else kind in _KINDS
