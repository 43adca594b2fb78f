"""What an audit means for a deploy: is the upgrade safe, is the rollback, and in which order.

Rules:
1. An entry that the old release does not read either is broken already, whoever deploys what: it is
   reported, and decides nothing.
2. The upgrade is unsafe if the new release fails on, or changes, an entry that is alive.
3. The rollback is unsafe if the old release would fail on, or change, what the new one writes.
4. `unknown` is never safe; groups that are waived, or known from a baseline, decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Optional

from shelflife.live.tally import Group
from shelflife.pickles.reader import Reader
from shelflife.verdicts import Verdict


class Roles(NamedTuple):
    """Which target is which: by the names "old" and "new", else the first and the last."""

    old: Optional[str]
    new: str

    @property
    def pair(self) -> str:
        """The key of `rewritten` that stands for the rollback."""
        return f"{self.new}->{self.old}"


class Conclusion(NamedTuple):
    """A headline: "safe", "unsafe", "unknown" or "not-asked", and a sentence."""

    verdict: str
    sentence: str


_NO_GROUP = Verdict("reads")


def in_order(readers: Sequence[Reader]) -> list[Reader]:
    """Put the targets in order, the oldest release first: as given, but for "old" and "new"."""
    places = {"old": 0, "new": 2}
    return sorted(readers, key=lambda reader: places.get(reader.name, 1))


def find_roles(readers: Sequence[Reader]) -> Roles:
    """Say which of the targets is the old release and which the new one."""
    names = [reader.name for reader in in_order(readers)]
    return Roles(names[0] if len(names) > 1 else None, names[-1])


def upgrade_of(group: Group, roles: Roles) -> Verdict:
    """What the new release makes of a group, as far as the upgrade is to blame."""
    verdicts = group.judged.verdicts
    if roles.old is not None and verdicts[roles.old].verdict == "fails":
        return _NO_GROUP
    return verdicts[roles.new]


def rollback_of(group: Group, roles: Roles) -> Verdict:
    """What the old release would make of what the new one writes."""
    return group.judged.rewritten.get(roles.pair, _NO_GROUP)


def conclude_upgrade(groups: Iterable[Group], roles: Roles) -> Conclusion:
    """Judge the upgrade."""
    found = [(group, upgrade_of(group, roles)) for group in groups]
    bad, unsure, counted = _sums(found)
    if bad:
        return Conclusion(
            "unsafe",
            f"{roles.new} will not read {_entries(bad)} of {counted:,} as they were written.",
        )
    if unsure:
        return Conclusion("unknown", f"{_entries(unsure)} of {counted:,} could not be judged.")
    return Conclusion("safe", f"{roles.new} reads every entry that is alive now.")


def conclude_rollback(groups: Iterable[Group], roles: Roles, stage: str) -> Conclusion:
    """Judge the rollback."""
    if roles.old is None:
        return Conclusion(
            "not-asked", "Name the release you would go back to as a second --target."
        )
    found = [(group, rollback_of(group, roles)) for group in groups]
    bad, unsure, counted = _sums(found)
    if bad:
        return Conclusion(
            "unsafe",
            f"what {roles.new} writes in place of {_entries(bad)} of {counted:,} will not be read "
            f"by {roles.old}.",
        )
    if unsure:
        how = "beyond protocol and names" if stage != "trial" else "by a trial"
        return Conclusion(
            "unknown", f"{_entries(unsure)} of {counted:,} could not be judged {how}."
        )
    return Conclusion("safe", f"{roles.old} reads what {roles.new} will write in their place.")


def conclude_order(upgrade: Conclusion, rollback: Conclusion, roles: Roles) -> Conclusion:
    """Say in which order to deploy."""
    both = (upgrade.verdict, rollback.verdict)
    if both == ("safe", "safe"):
        return Conclusion("any", "Both releases read each other's entries: deploy as you like.")
    if both == ("safe", "unsafe"):
        return Conclusion(
            "readers first",
            f"Let {roles.new} read everywhere while it still writes what {roles.old} reads, and "
            "switch the writing when nobody will roll back.",
        )
    if both == ("unsafe", "safe"):
        return Conclusion(
            "writers first",
            f"Write as {roles.new} does until the old entries have expired; {roles.old} reads it. "
            "Then deploy the readers.",
        )
    if both == ("unsafe", "unsafe"):
        return Conclusion(
            "none", "Neither release reads the other's entries: no order is safe before the fixes."
        )
    return Conclusion("unknown", "Both directions must be known for that.")


def is_broken(group: Group, roles: Roles) -> bool:
    """Whether a group is a reason to say unsafe."""
    return upgrade_of(group, roles).is_bad or rollback_of(group, roles).is_bad


def _sums(found: Sequence[tuple[Group, Verdict]]) -> tuple[int, int, int]:
    bad = sum(group.count for group, verdict in found if verdict.is_bad)
    unsure = sum(group.count for group, verdict in found if verdict.verdict == "unknown")
    return bad, unsure, sum(group.count for group, _ in found)


def _entries(count: int) -> str:
    return f"{count:,} entries" if count != 1 else "1 entry"
