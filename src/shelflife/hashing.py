"""Filling sets and dicts from entries, in bounded time.

Text and bytes hash by a secret of the process. All other hashes are the same everywhere, so an
entry can hold keys that all collide: a megabyte of them would keep a read busy for hours, in one
call that no signal interrupts. So keys go in by small portions, and a clock stops a slow filling.
It is the thread's own clock: a machine that stalls makes no entry unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import thread_time
from typing import Any, Callable

from shelflife.errors import Unreadable
from shelflife.lookup import Reason

_PORTION = 16
_SPARE_SECONDS = 0.05  # for all of a read
_SECONDS_A_NUMBER = 0.5e-6  # 0.05 to 0.15 us were measured
_SECONDS_A_KEY = 3e-6  # hashing a Fraction or a dataclass runs Python code: 1 to 2 us
_SECRET = frozenset([str, bytes])
_NUMBERS = frozenset([int, float, bool])


class HashBudget:
    """What one read may still spend on hashing beyond the normal."""

    __slots__ = ("_spare",)

    def __init__(self) -> None:
        self._spare = _SPARE_SECONDS

    def fill(self, keys: list[Any], insert: Callable[[slice], None]) -> None:
        """Call `insert` for all of the keys, by portions.

        Raises:
            Unreadable: With reason `over-budget`.
        """
        kinds = set(map(type, keys))
        if len(keys) <= _PORTION or kinds <= _SECRET:
            insert(slice(None))
            return
        each = _SECONDS_A_NUMBER if kinds <= _NUMBERS else _SECONDS_A_KEY
        started = thread_time()
        for start in range(0, len(keys), _PORTION):
            insert(slice(start, start + _PORTION))
            if thread_time() - started > self._spare + each * len(keys):
                raise Unreadable(Reason.OVER_BUDGET, "the hashes of its keys collide")
        self._spare -= max(0.0, thread_time() - started - each * len(keys))

    def members(self, items: list[Any]) -> set[Any]:
        """Make a set of items that must all differ."""
        made: set[Any] = set()
        self.fill(items, lambda portion: made.update(items[portion]))
        if len(made) != len(items):
            raise ValueError("a member occurs twice")
        return made

    def pairs(self, made: dict[Any, Any], content: list[Any]) -> Any:
        """Fill a dict with a flat list of keys and values; the keys must all differ."""
        keys, values = content[::2], content[1::2]
        if len(keys) != len(values):
            raise ValueError("a key without a value")
        self.fill(keys, lambda portion: _put(made, zip(keys[portion], values[portion])))
        if len(made) != len(keys):
            raise ValueError("a key occurs twice")
        return made


def _put(made: dict[Any, Any], pairs: Iterable[tuple[Any, Any]]) -> None:
    for key, value in pairs:  # `update` would add up in a Counter
        made[key] = value  # noqa: PERF403
