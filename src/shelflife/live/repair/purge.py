"""Purge: remove entries that nobody can use."""

from __future__ import annotations

from collections.abc import Sequence

from shelflife.dialects.recognition import Recognised
from shelflife.live.repair.action import Proposal
from shelflife.live.repair.conversion import Refusal
from shelflife.live.repair.selection import Entry


class Purge:
    """Removes what was selected."""

    name = "purge"
    done = "removed"
    is_judged = False

    def concerns(self, _: Recognised) -> bool:
        """Whether there is anything to do: always, for what was selected."""
        return True

    def propose(self, entries: Sequence[Entry]) -> list[Proposal]:
        """Remove strings; what else lies under a key of another type is not ours to judge."""
        return [self._propose(entry) for entry in entries]

    @staticmethod
    def _propose(entry: Entry) -> Proposal:
        kind = entry.stored.redis_type
        if kind == "string":
            return None
        return Refusal("wrong-type", f"it lies in a {kind}, among others; only strings are removed")
