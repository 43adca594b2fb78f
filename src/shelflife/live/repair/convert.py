"""Convert: write entries again, in place, for other readers.

Rules:
1. Before anything is read: every declared reader reads what will be written, or the user says that
   it does not matter.
2. New bytes are judged by the targets as the audit would; what one of them would fail to read is
   refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.errors import ConfigurationError
from shelflife.live.repair.action import Proposal
from shelflife.live.repair.conversion import Converter, Refusal
from shelflife.live.repair.selection import Entry
from shelflife.pickles.reader import Reader
from shelflife.verdicts import Judge
from shelflife.verdicts.rules import judge_by_rules

_OURS = Recognised("shelflife", codec="envelope+portable")


class Convert:
    """Converts what was selected.

    Args:
        converter: Makes the new bytes.
        readers: The targets.
        stage: How far to go in judging the new bytes.
        unread: Whether it does not matter that a target will not read them.
    """

    name = "convert"
    done = "converted"

    def __init__(
        self, converter: Converter, readers: Sequence[Reader], stage: str, *, unread: bool = False
    ) -> None:
        self._converter = converter
        self._judge = Judge(readers, stage) if readers and not unread else None
        self.is_judged = self._judge is not None

    def concerns(self, found: Recognised) -> bool:
        """Whether an entry is anything else than what it would become."""
        return not self._converter.is_there(found)

    def propose(self, entries: Sequence[Entry]) -> list[Proposal]:
        """Give the new bytes of each entry, or why there are none."""
        proposals: list[Proposal] = [self._converter.convert(entry) for entry in entries]
        if self._judge is None:
            return proposals
        new = [n for n, proposal in enumerate(proposals) if isinstance(proposal, bytes)]
        found = [recognise(self._stored(entries[n], proposals[n])) for n in new]
        for place, judged in zip(new, self._judge.judge(found)):
            for name, verdict in judged.verdicts.items():
                if verdict.is_bad:
                    why = f"{name} would not read the new bytes either: {verdict.detail}"
                    proposals[place] = Refusal("still-fails", why.rstrip(": "))
        return proposals

    @staticmethod
    def _stored(entry: Entry, proposal: Proposal) -> Stored:
        assert isinstance(proposal, bytes), "the caller looked"
        return entry.stored._replace(raw=proposal)


def check_readers(readers: Sequence[Reader]) -> None:
    """See whether all targets read entries of shelflife.

    Raises:
        ConfigurationError: If one does not, or nobody knows.
    """
    for reader in readers:
        verdict = judge_by_rules(_OURS, reader, {}, asked=True)
        if verdict.verdict != "reads":
            raise ConfigurationError(
                f"{reader.name} does not read entries of shelflife: {verdict.detail}. Deploy a "
                "release that reads them first (reads=..., docs/cache.md), or say --even-if-unread"
            )
