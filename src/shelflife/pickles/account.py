"""What one load has used up, and what it has met so far."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Optional
from uuid import UUID

from shelflife.errors import Unreadable
from shelflife.hashing import HashBudget
from shelflife.lookup import Reason
from shelflife.pickles.budget import Budget
from shelflife.pickles.refusals import load_error, over_budget
from shelflife.pickles.text import Py2Text
from shelflife.pickles.weigh import weigh

_SECRET = frozenset((str, bytes))  # hash by a secret of the process
_FREE = frozenset((bool, type(None)))  # so few that they cannot be alike; floats nearly so
_FLAT = frozenset((int, datetime, date, time, timedelta, Decimal, Fraction, UUID))
_DISTINCT = (1 << 61) - 1  # below it, no two integers have the same hash (but -1 and -2)
_PER_KEY = 100  # bytes for the count of one hash
_FEW = 1_000  # keys of a container: fewer cannot keep anybody busy, whatever they are
_AT_ONCE = 64


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
        self._trials: dict[int, _Trial] = {}
        self._filling = HashBudget()

    @property
    def mixed(self) -> bool:
        """Whether some non-ASCII 8-bit strings became text and others stayed bytes."""
        return bool(self.kept) and self.texts > 0

    def take_memory(self, size: int) -> None:
        """Charge bytes, before they are used."""
        self.memory -= size
        if self.memory < 0:
            raise over_budget("memory")

    def take_keys(self, keys: Iterable[Any], container: Any) -> None:
        """Charge the hashing and comparing that putting keys into a dict or set takes.

        Args:
            keys: The keys, or members of a set.
            container: What they go into, or an empty one of its kind if no more can follow.
        """
        seen: Optional[dict[int, int]] = None
        chosen = []  # keys whose hashes whoever wrote the entry could choose
        for key in keys:
            kind = type(key)
            if kind in _SECRET:
                continue
            chosen.append(key)
            if kind is int:
                if -_DISTINCT < key < _DISTINCT:
                    continue
            elif kind in _FREE or (kind is float and key == key):  # noqa: PLR0124 - all NaN are alike
                continue
            cost = 1 if kind in _FLAT or kind is float else self._hash_cost(key)
            self._take_hashing(cost)
            self.take_memory(_PER_KEY)
            if seen is None:
                seen = self._seen_in(container)
            value = hash(key)
            seen[value] = alike = seen.get(value, 0) + 1
            self._take_hashing(cost * alike)
        if chosen:
            self._try(chosen, container)

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

    def _try(self, keys: list[Any], container: Any) -> None:
        """Put many keys into a stand-in first, by portions and watched by a clock.

        Keys with different hashes can be chosen so that each meets all others on its way to a free
        slot: 43,000 such integers, in 260 KB, kept `pickle.loads` busy for 1.6 seconds.
        """
        trial = self._trials.get(id(container))
        if trial is None:
            if len(keys) + _length(container) <= _FEW:
                return
            trial = self._trials[id(container)] = _Trial(container)
        self.take_memory(_PER_KEY * len(keys))
        trial.waiting += keys
        if len(trial.waiting) > _AT_ONCE:
            self._filling.fill(trial.waiting, trial.insert)
            trial.waiting = []

    def _seen_in(self, container: Any) -> dict[int, int]:
        """Give the hashes counted for a container, which stays alive so that its id is its own."""
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


class _Trial:
    """A stand-in for a container.

    Attributes:
        container: What it stands for, kept alive so that its id is its own.
        waiting: Keys that are to be put into it.
    """

    def __init__(self, container: Any) -> None:
        self.container = container
        self.waiting: list[Any] = []
        self._filled: Any = {}
        if isinstance(container, dict):
            self._filled = dict.fromkeys(dict.keys(container))  # a user's class may override it
        elif isinstance(container, set):
            self._filled = set.copy(container)

    def insert(self, portion: slice) -> None:
        """Put a portion of those that wait into it."""
        if type(self._filled) is dict:
            self._filled.update(dict.fromkeys(self.waiting[portion]))
        else:
            self._filled.update(self.waiting[portion])


def _length(container: Any) -> int:
    """Give the length of a dict or set, whatever a class of the user's says."""
    if isinstance(container, dict):
        return dict.__len__(container)
    return set.__len__(container) if isinstance(container, set) else 0
