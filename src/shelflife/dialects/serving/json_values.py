"""The serializer JSON, as the standard library's `json` writes and reads it.

Rules:
1. Only what comes back as itself is written: text, numbers, booleans, None, lists, and dicts whose
   keys are text. A tuple would come back as a list, and a date as text: that is refused.
2. A document is parsed within a budget: its digits, and what its lists and objects take.
"""

from __future__ import annotations

import json
from typing import Any

from shelflife.dialects.serving.sameness import check_unchanged
from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import Budget

_WEIGHT_OPENED = 72  # an empty list or dict, and its place in what holds it
_WEIGHT_MEMBER = 48  # a number, and its place
_KINDS = frozenset((str, float, bool, type(None)))


class JsonValues:
    """Values as JSON."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._decode = json.JSONDecoder(parse_int=self._parse_int).decode

    def load(self, data: bytes) -> Any:
        """Give the value of a document; raises Unreadable and nothing else."""
        self._weigh(data)
        try:
            return self._decode(str(data, "utf-8"))
        except RecursionError:
            raise Unreadable(Reason.OVER_BUDGET, "JSON that is nested too deeply") from None
        except UnicodeDecodeError:
            raise Unreadable(Reason.CORRUPT, "the JSON is not UTF-8") from None
        except ValueError:  # the message would quote the document
            raise Unreadable(Reason.CORRUPT, "the entry is no JSON document") from None

    def dump(self, value: Any) -> bytes:
        """Give the document; raises NotPortable."""
        check_unchanged(value, self._is_plain, "JSON")
        return json.dumps(value).encode()

    def _is_plain(self, value: Any) -> bool:
        kind = type(value)
        return kind in _KINDS or (kind is int and value.bit_length() < self._budget.bits)

    def _weigh(self, data: bytes) -> None:
        if len(data) < 1 << 20:
            return
        opened = data.count(b"[") + data.count(b"{")
        members = data.count(b",") + data.count(b":")
        if opened * _WEIGHT_OPENED + members * _WEIGHT_MEMBER > self._budget.memory:
            raise Unreadable(Reason.OVER_BUDGET, "JSON of too many values")

    def _parse_int(self, digits: str) -> int:
        if len(digits) > self._budget.digits:
            raise Unreadable(Reason.OVER_BUDGET, f"a number of {len(digits)} digits")
        return int(digits)
