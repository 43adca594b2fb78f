"""The containers of plain pickles: which one holds which, how deep, and what they take.

Rule: a container is closed once it lies within another or came from the memo: what is put into it
later could make it hold itself, or be deeper than what holds it knows.
"""

from __future__ import annotations

from typing import Final

from shelflife.pickles.leaves import DICT, FIRST_CONTAINER, LAST_KEY, LIST, TEXT, TUPLE, Leaves

try:
    from mypy_extensions import i64
except ImportError:  # only the compiler needs it
    i64 = int  # type: ignore[misc]

_CONTAINER: Final = 232  # bytes that an empty one takes at most, as the machine counts
_ITEM: Final = 105
_PART: Final = 9
_PROBES: Final = 50_000_000  # of a dict that is filled with numbers: 0.05 seconds at the worst


class Trees(Leaves):
    """One pickle on its way through the vet, with its containers."""

    def open(self, kind: i64) -> bool:
        """Push an empty container."""
        self.push(len(self.depths) * 16 + kind)
        self.depths.append(-1)
        self.memory -= _CONTAINER
        return self.memory >= 0 and self.top + len(self.marks) <= self.bounds.waiting

    def few_parts(self) -> bool:
        """Whether a recursive visit meets few enough; `weigh` counts nine for a small container."""
        return _PART * len(self.depths) + self.size <= self.bounds.parts

    def fill(self, below: i64, kind: i64) -> bool:
        """Put what lies above `below` into the container there, if it is of this kind."""
        into = self.value(below - 1)
        if into & 15 != kind or (kind == DICT and (self.top - below) & 1):
            return False
        deep: i64 = -self.depths[into >> 4]
        if deep < 0:  # closed
            return False
        at: i64 = below
        value: i64
        numbers: i64 = 0
        while at < self.top:
            if kind != LIST:
                value = self.value(at) & 15
                if value > LAST_KEY:
                    return False
                numbers += value < TEXT
            at += kind == DICT
            value = self.value(at)
            if value & 15 >= FIRST_CONTAINER:
                deep = max(deep, self.close(value) + 1)
            at += 1
        self.memory -= _ITEM * (self.top - below)
        self.top = below
        self.depths[into >> 4] = -deep
        if numbers > 0 and not self.few_numbers(into >> 4, numbers):
            return False
        return deep <= self.bounds.depth and self.memory >= 0

    def few_numbers(self, container: i64, count: i64) -> bool:
        """Whether keys that whoever wrote the entry could choose are few; see `Account._try`."""
        before: i64 = self.numbers.get(container, 0)
        self.numbers[container] = before + count
        self.probes += count * (2 * before + count)
        return self.probes <= _PROBES

    def tuple_of(self, below: i64) -> bool:
        """Make a tuple of what lies above `below`."""
        deep: i64 = 1
        at: i64 = below
        value: i64
        while at < self.top:
            value = self.value(at)
            if value & 15 >= FIRST_CONTAINER:
                deep = max(deep, self.close(value) + 1)
            at += 1
        self.members = self.top - below
        self.memory -= _CONTAINER + _ITEM * self.members
        self.first = self.value(below) if self.members > 0 else 0
        self.second = self.value(below + 1) if self.members > 1 else 0
        self.third = self.value(below + 2) if self.members > 2 else 0
        self.top = below
        self.push(len(self.depths) * 16 + TUPLE)
        self.depths.append(deep)
        return deep <= self.bounds.depth and self.memory >= 0
