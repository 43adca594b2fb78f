"""The verify pass: what some of the changed entries are now, to the targets and to us."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Optional

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Stored
from shelflife.live.repair.action import Action
from shelflife.live.repair.applying import look
from shelflife.live.repair.journal import digest_of
from shelflife.stores.changer import Changer
from shelflife.verdicts import Judge


def verify(
    changer: Changer,
    sample: Sequence[tuple[bytes, Optional[bytes]]],
    action: Action,
    judge: Optional[Judge],
    reads: Optional[str],
) -> dict[str, Any]:
    """Look at entries that were changed a moment ago, and judge them again.

    Returns:
        How many were `checked`; how many are as they were made (`as_made`), how many have been
        written or removed by others since (`others`); and by target how many have which verdict.

    Raises:
        ServerError: If the servers cannot be asked.
    """
    entries = look(changer, [key for key, _ in sample])
    mine = [
        (key, entry)
        for (key, digest), entry in zip(sample, entries)
        if (entry is None if digest is None else _is(entry, digest))
    ]
    report: dict[str, Any] = {
        "checked": len(sample),
        "as_made": len(mine),
        "others": len(sample) - len(mine),
    }
    if judge is not None and action.is_judged:
        verdicts: dict[str, Counter[str]] = {reader.name: Counter() for reader in judge.readers}
        found = [recognise(Stored(*one), reads) for one in mine]
        for judged in judge.judge(found):
            for name, verdict in judged.verdicts.items():
                verdicts[name][verdict.verdict] += 1
        report["targets"] = {name: dict(counts) for name, counts in verdicts.items()}
    return report


def _is(entry: Any, digest: bytes) -> bool:
    return isinstance(entry, bytes) and digest_of(entry) == digest
