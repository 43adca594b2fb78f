"""The 16,384 slots of a cluster: which one a key is in, and who holds them."""

from __future__ import annotations

import binascii
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple, Optional

from shelflife.stores.address import Address

SLOTS = 16384


def slot_of(key: bytes) -> int:
    """Give the slot of a key; what it has in its first {braces}, if anything, decides alone."""
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1 : end]
    return binascii.crc_hqx(key, 0) % SLOTS


class SlotRange(NamedTuple):
    """Who holds the slots from first to last.

    Attributes:
        first: The first of them.
        last: The last of them, included.
        primary: Where they are written.
        replicas: Who follows.
    """

    first: int
    last: int
    primary: Address
    replicas: tuple[Address, ...] = ()


class SlotMap:
    """Who holds which slot, as one node saw it at one time. Immutable."""

    def __init__(self, ranges: Iterable[SlotRange]) -> None:
        self.ranges = tuple(sorted(ranges, key=lambda one: one.first))
        self._firsts = [one.first for one in self.ranges]

    def at(self, slot: int) -> Optional[Address]:
        """Give the primary of a slot; None if nobody holds it."""
        found = bisect_right(self._firsts, slot) - 1
        if found < 0 or slot > self.ranges[found].last:
            return None
        return self.ranges[found].primary

    def primaries(self) -> list[Address]:
        """Give everyone who holds a slot, in the order of their first."""
        return list(dict.fromkeys(one.primary for one in self.ranges))

    def replicas(self, primary: Address) -> list[Address]:
        """Give who follows a primary."""
        mine = (one.replicas for one in self.ranges if one.primary == primary)
        return list(dict.fromkeys(address for some in mine for address in some))

    def of(self, primary: Address) -> frozenset[int]:
        """Give the slots that a primary holds."""
        mine = [range(one.first, one.last + 1) for one in self.ranges if one.primary == primary]
        return frozenset(slot for some in mine for slot in some)

    def uncovered(self) -> int:
        """Give how many slots nobody holds."""
        return SLOTS - sum(one.last - one.first + 1 for one in self.ranges)
