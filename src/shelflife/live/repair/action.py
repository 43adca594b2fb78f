"""What an action is to the coordinator: it proposes, and changes nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Union

from shelflife.dialects.recognition import Recognised
from shelflife.live.repair.conversion import Refusal
from shelflife.live.repair.selection import Entry

Proposal = Union[bytes, None, Refusal]
"""New bytes, None to remove the entry, or why it is to stay as it is."""


class Action(Protocol):
    """What is to become of selected entries."""

    @property
    def name(self) -> str:
        """The command: "convert" or "purge"."""

    @property
    def done(self) -> str:
        """What an entry is afterwards: "converted" or "removed"."""

    @property
    def is_judged(self) -> bool:
        """Whether the targets must read what it makes."""

    def concerns(self, found: Recognised) -> bool:
        """Whether there is anything to do for such an entry, if nobody names it."""

    def propose(self, entries: Sequence[Entry]) -> list[Proposal]:
        """Say what is to become of each entry. Never raises for an entry's sake."""
