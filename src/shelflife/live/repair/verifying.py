"""The verify pass: what some of the changed entries are now, to the targets and to us."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Optional

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Stored
from shelflife.live.repair.action import Action
from shelflife.live.repair.applying import look
from shelflife.stores.changer import Changer
from shelflife.verdicts import Judge


def verify(
    changer: Changer,
    keys: Sequence[bytes],
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
    entries = look(changer, keys)
    there = [Stored(key, entry) for key, entry in zip(keys, entries) if isinstance(entry, bytes)]
    found = [recognise(stored, reads) for stored in there]
    if action.name == "purge":
        as_made = sum(entry is None for entry in entries)
        return {"checked": len(keys), "as_made": as_made, "others": len(keys) - as_made}
    mine = [one for one in found if not action.concerns(one)]
    report: dict[str, Any] = {
        "checked": len(keys),
        "as_made": len(mine),
        "others": len(keys) - len(mine),
    }
    if judge is not None and action.is_judged:
        verdicts: dict[str, Counter[str]] = {reader.name: Counter() for reader in judge.readers}
        for judged in judge.judge(mine):
            for name, verdict in judged.verdicts.items():
                verdicts[name][verdict.verdict] += 1
        report["targets"] = {name: dict(counts) for name, counts in verdicts.items()}
    return report
