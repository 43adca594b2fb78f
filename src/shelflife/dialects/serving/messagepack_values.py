"""The serializer MessagePack, as the package msgpack writes and reads it.

Rules:
1. Only what comes back as itself is written: text, bytes, numbers of 64 bits, booleans, None,
   lists, and dicts whose keys are text. A tuple would come back as a list: that is refused.
2. Extension types are `unknown-codec`: what they stand for is the writer's own.
"""

from __future__ import annotations

from typing import Any, Optional

import ormsgpack

from shelflife.codecs.lengths import ORMSGPACK_CHECKS, check_lengths
from shelflife.codecs.packing import OPTIONS
from shelflife.dialects.serving.sameness import check_unchanged, is_utf8
from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import Budget

_KINDS = frozenset((bytes, float, bool, type(None)))
_INTEGERS = range(-(1 << 63), 1 << 64)


class MessagePackValues:
    """Values as MessagePack."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def load(self, data: bytes) -> Any:
        """Give the value; raises Unreadable and nothing else."""
        try:
            if not ORMSGPACK_CHECKS:
                check_lengths(data)
            return ormsgpack.unpackb(data, ext_hook=_refuse, option=ormsgpack.OPT_NON_STR_KEYS)
        except Unreadable:
            raise
        except (ValueError, RecursionError):  # the message may quote the entry
            raise Unreadable(Reason.CORRUPT, "the entry is no MessagePack value") from None

    def dump(self, value: Any) -> bytes:
        """Give the bytes; raises NotPortable."""
        check_unchanged(value, is_plain, "MessagePack")
        return ormsgpack.packb(value, None, OPTIONS)


def is_plain(value: Any) -> bool:
    """Whether a value has no parts and comes back as itself."""
    kind = type(value)
    if kind is int:
        return value in _INTEGERS
    return is_utf8(value) if kind is str else kind in _KINDS


def _refuse(tag: int, _: bytes) -> Optional[Any]:
    raise Unreadable(Reason.UNKNOWN_CODEC, f"MessagePack's extension type {tag}")
