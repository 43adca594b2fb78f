"""What one load has used up, and what it has met so far."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Optional
from uuid import UUID

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles.budget import Budget
from shelflife.pickles.refusals import load_error, over_budget
from shelflife.pickles.text import Py2Text
from shelflife.pickles.weigh import weigh

_FREE = frozenset((str, bytes, float, bool, type(None)))  # hash differently, or nearly so
_FLAT = frozenset((int, datetime, date, time, timedelta, Decimal, Fraction, UUID))
_DISTINCT = (1 << 61) - 1  # below it, no two integers have the same hash (but -1 and -2)
_PER_KEY = 100  # bytes for the count of one hash


class Account:
    """What is left of the budget, the objects made, and the fate of the 8-bit strings."""

    def __init__(self, text: Py2Text, budget: Budget) -> None:
        self.budget = budget
        self.text = text
        self.memory = budget.memory
        self.hashing = budget.hashing
        self.made: dict[int, Any] = {}  # objects of this load that may get state or items
        self.chained: list[Any] = []  # those whose chains must be taken apart
        self.named: dict[int, Any] = {}  # what the names gave: only this may be called
        self.texts = 0  # non-ASCII 8-bit strings that became text
        self.kept: dict[int, bytes] = {}  # those that no encoding fits
        self._hashes: dict[int, tuple[Any, dict[int, int]]] = {}

    @property
    def mixed(self) -> bool:
        """Whether some non-ASCII 8-bit strings became text and others stayed bytes."""
        return bool(self.kept) and self.texts > 0

    def take_memory(self, size: int) -> None:
        """Charge bytes, before they are used."""
        self.memory -= size
        if self.memory < 0:
            raise over_budget("memory")

    def take_keys(self, keys: Iterable[Any], container: Any = None) -> None:
        """Charge the hashing and comparing that putting keys into a dict or set takes.

        Args:
            keys: The keys, or members of a set.
            container: What they go into, if more may follow.
        """
        seen: Optional[dict[int, int]] = None
        for key in keys:
            kind = type(key)
            if kind in _FREE or (kind is int and -_DISTINCT < key < _DISTINCT):
                continue
            cost = 1 if kind in _FLAT else self._hash_cost(key)
            self._take_hashing(cost)
            self.take_memory(_PER_KEY)
            if seen is None:
                seen = self._seen_in(container)
            value = hash(key)
            seen[value] = alike = seen.get(value, 0) + 1
            self._take_hashing(cost * alike)

    def check_number(self, digits: int) -> None:
        """Refuse a number of more decimal digits than the budget allows."""
        if digits > self.budget.digits:
            raise over_budget("digits")

    def decode(self, raw: bytes) -> Any:
        """Make text of an 8-bit string, or leave it, as the policy has it."""
        if raw.isascii():
            return str(raw, "ascii")
        if self.text is Py2Text.BYTES:
            return raw
        try:
            decoded = raw.decode(self.text.encoding)
        except UnicodeDecodeError:
            self.kept[id(raw)] = raw
            return raw
        self.texts += 1
        return decoded

    def raw(self, argument: Any) -> bytes:
        """Give the bytes that a constructor wants, whatever the policy made of them."""
        if type(argument) is str:
            if not argument.isascii():
                self.texts -= 1
            return argument.encode(self.text.encoding)
        if type(argument) is not bytes:
            raise load_error("state of a date or time that is no bytes")
        self.kept.pop(id(argument), None)
        return argument

    def check_text(self) -> None:
        """Refuse, under the strict policy, what was no text and not used up as bytes."""
        if self.text is Py2Text.STRICT and self.kept:
            raise Unreadable(Reason.PY2_BYTES, "a Python 2 string is not UTF-8 text")

    def _seen_in(self, container: Any) -> dict[int, int]:
        """Give the hashes counted for a container, which stays alive so that its id is its own."""
        if container is None:
            return {}
        return self._hashes.setdefault(id(container), (container, {}))[1]

    def _hash_cost(self, key: Any) -> int:
        cost, level = weigh(key, self.made, self.budget.depth)
        if level > self.budget.depth:
            raise over_budget("depth")
        return cost

    def _take_hashing(self, cost: int) -> None:
        self.hashing -= cost
        if self.hashing < 0:
            raise over_budget("hashing")
