"""Examples: entries, and what an operation on a live cache makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Optional, Union


class Fate(Enum):
    """What becomes of an entry that gets no new bytes."""

    STAYS = "stays"
    """It is not selected, or there is nothing to do for it."""
    REFUSED = "refused"
    """It is selected and listed, and stays."""
    REMOVED = "removed"


@dataclass(frozen=True)
class Example:
    """An entry, and what the operation makes of it.

    Attributes:
        key: Its key; each copy has a number after it.
        entry: Its bytes.
        becomes: The new bytes, or what says whether new bytes are right, or a `Fate`.
        ttl: Seconds; None for no expiry.
    """

    key: bytes
    entry: bytes
    becomes: Union[bytes, Fate, Callable[[bytes], object]] = Fate.STAYS
    ttl: Optional[float] = None

    @property
    def is_changed(self) -> bool:
        """Whether it gets new bytes, or is removed."""
        return self.becomes not in (Fate.STAYS, Fate.REFUSED)

    def is_right(self, now: Optional[bytes], *, changed: bool) -> bool:
        """Whether these are the bytes that it should have: as it was, or after the change."""
        if not changed or isinstance(self.becomes, Fate):
            return now == self.entry
        if isinstance(self.becomes, bytes) or now is None:
            return now == self.becomes
        return now != self.entry and bool(self.becomes(now))
