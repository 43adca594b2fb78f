"""The serializer JSON, as the standard library's `json` writes and reads it.

Rules:
1. Only what comes back as itself is written: text, numbers, booleans, None, lists, and dicts whose
   keys are text. A tuple would come back as a list, and a date as text: that is refused.
2. A document is read within a budget: its digits, and its lists and objects.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any

from shelflife.codecs.exact import is_utf8
from shelflife.dialects.serving.sameness import check_unchanged, pack_plainly
from shelflife.dialects.serving.weighing import weigh
from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import Budget

_KINDS = frozenset((str, float, bool, type(None)))
_INTEGERS = range(-(1 << 63), 1 << 64)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")  # which readers make one character of


class JsonValues:
    """Values as JSON.

    Args:
        budget: What reading one may cost.
        strict: Write only what every reader of JSON reads: no NaN, no infinity, no lone surrogate,
            and numbers of 64 bits.
    """

    def __init__(self, budget: Budget, *, strict: bool = False) -> None:
        self._budget = budget
        self._strict = strict
        self._decode = json.JSONDecoder().decode
        self._decode_long = json.JSONDecoder(parse_int=self._parse_int).decode

    def load(self, data: bytes) -> Any:
        """Give the value of a document; raises Unreadable and nothing else."""
        weigh(data, b"[{", self._budget)
        # Where Python itself bounds the digits of a number, it need not ask for each.
        bounded = len(data) <= self._budget.digits or 0 < _limit() <= self._budget.digits
        try:
            return (self._decode if bounded else self._decode_long)(str(data, "utf-8"))
        except RecursionError:
            raise Unreadable(Reason.OVER_BUDGET, "JSON that is nested too deeply") from None
        except (UnicodeDecodeError, json.JSONDecodeError):  # whose message would quote the entry
            raise Unreadable(Reason.CORRUPT, "the entry is no JSON document") from None
        except ValueError:
            raise Unreadable(Reason.OVER_BUDGET, "a number of too many digits") from None

    def dump(self, value: Any) -> bytes:
        """Give the document; raises NotPortable."""
        if pack_plainly(value) is not None:
            try:
                return json.dumps(value, allow_nan=not self._strict).encode()
            except (TypeError, ValueError, RecursionError):
                pass  # bytes, or NaN: the look that follows finds it
        check_unchanged(value, self._is_plain, "JSON")
        return json.dumps(value).encode()

    def _is_plain(self, value: Any) -> bool:
        kind = type(value)
        if kind is int:
            return value in _INTEGERS or (
                not self._strict and value.bit_length() < self._budget.bits
            )
        if kind is str:
            return is_utf8(value) or not (self._strict or _PAIR.search(value))
        if self._strict and kind is float:
            return math.isfinite(value)
        return kind in _KINDS

    def _parse_int(self, digits: str) -> int:
        if len(digits) > self._budget.digits:
            raise Unreadable(Reason.OVER_BUDGET, f"a number of {len(digits)} digits")
        return int(digits)


def _limit() -> int:
    """Give the most digits that `int()` takes; 0 if it takes any number of them."""
    limit = getattr(sys, "get_int_max_str_digits", None)
    return 0 if limit is None else limit()
