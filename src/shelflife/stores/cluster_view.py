"""What a store knows of a cluster: who holds which slot, and whether that is in doubt.

Rules:
1. The whole map is asked for when there is none, and when it is in doubt, but not more often than
   every half a second: a failover takes longer, and a move of many slots brings a MOVED each.
2. What a MOVED says holds until the next whole map.
"""

from __future__ import annotations

import time
from typing import Optional

from shelflife.stores.address import Address
from shelflife.stores.redirected import Redirected
from shelflife.stores.slots import SlotMap

_PAUSE = 0.5


class ClusterView:
    """One per store, shared by its threads and loops. Assignments only: it needs no lock.

    Attributes:
        slots: The map, if there is one yet.
    """

    slots: Optional[SlotMap] = None

    def __init__(self) -> None:
        self._moved: dict[int, Address] = {}
        self._in_doubt = True
        self._not_before = 0.0

    def at(self, slot: int) -> Optional[Address]:
        """Give the primary of a slot, as far as is known."""
        if self._moved and slot in self._moved:
            return self._moved.get(slot)
        return None if self.slots is None else self.slots.at(slot)

    def may_look(self) -> bool:
        """Whether the caller is to look again; if so, others do not for a while."""
        if self.slots is None:
            return True
        if not self._in_doubt or time.monotonic() < self._not_before:
            return False
        self._not_before = time.monotonic() + _PAUSE
        return True

    def looked(self, slots: SlotMap) -> None:
        """Take the whole map."""
        self.slots = slots
        self._moved = {}
        self._in_doubt = False
        self._not_before = time.monotonic() + _PAUSE

    def doubt(self) -> None:
        """Take note that something does not fit the map."""
        self._in_doubt = True

    def moved(self, redirected: Redirected, asked: Address) -> Address:
        """Take note of what a MOVED says, and give the node that it names."""
        node = asked.at(redirected.host or asked.host, redirected.port)
        self._moved[redirected.slot] = node
        self.doubt()
        return node
