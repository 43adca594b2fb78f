"""What an audit means for a deploy: is the upgrade safe, is the rollback, and in which order.

Rules:
1. An entry that the old release does not read either is broken already, whoever deploys what: it is
   reported, and decides nothing. Nor does what the new one could not write in its place.
2. The upgrade is unsafe if a newer release fails on, or changes, an entry that is alive.
3. The rollback is unsafe if an older release would fail on, or change, what a newer one writes.
4. What is excused (waived, or known from a baseline) is one finding in one direction; whatever is
   unknown beside it stays unknown, and `unknown` is never safe.
5. Nothing is safe that was not seen: an interrupted scan, keys that could not be read, no entries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Callable, NamedTuple, Optional

from shelflife.live.tally import Group
from shelflife.lookup import Reason
from shelflife.pickles.reader import Reader
from shelflife.verdicts import READS, Verdict

Finding = tuple[str, str]
"""A target or a pair, and the reason, or "changed"."""
Excused = Mapping[int, Collection[Finding]]
"""The findings of a group, by its number, that decide nothing."""
_WORST = ("fails", "changed", "unknown", "reads")
_LACKING = frozenset({Reason.MISSING_NAME.value, Reason.FOREIGN.value})


class Roles(NamedTuple):
    """Which target is which release: the oldest one, and all newer ones, the newest last."""

    old: Optional[str]
    newer: tuple[str, ...]

    @property
    def new(self) -> str:
        """The newest release."""
        return self.newer[-1]


class Conclusion(NamedTuple):
    """A headline: "safe", "unsafe", "unknown" or "not-asked", and a sentence."""

    verdict: str
    sentence: str


def in_order(readers: Sequence[Reader]) -> list[Reader]:
    """Put the targets in order, the oldest release first: as given, but for "old" and "new"."""
    places = {"old": 0, "new": 2}
    return sorted(readers, key=lambda reader: places.get(reader.name, 1))


def find_roles(readers: Sequence[Reader]) -> Roles:
    """Say which of the targets is the old release and which are newer."""
    names = [reader.name for reader in in_order(readers)]
    if len(names) == 1:
        return Roles(None, (names[0],))
    return Roles(names[0], tuple(names[1:]))


def upgrades_of(group: Group, roles: Roles) -> dict[str, Verdict]:
    """What the newer releases make of a group, as far as the upgrade is to blame."""
    verdicts = group.judged.verdicts
    if roles.old is not None and verdicts[roles.old].verdict == "fails":
        return {}
    return {name: verdicts[name] for name in roles.newer}


def rollbacks_of(group: Group) -> dict[str, Verdict]:
    """What older releases would make of what newer ones write in the place of a group."""
    found = {}
    for pair, verdict in group.judged.rewritten.items():
        new, _, old = pair.partition("->")
        both = [group.judged.verdicts[name].verdict for name in (new, old)]
        if not (both == ["fails", "fails"] and verdict.reason in _LACKING):
            found[pair] = verdict
    return found


def finding_of(where: str, verdict: Verdict) -> Finding:
    """Name what speaks against a group."""
    return where, verdict.reason or verdict.verdict


def worst(verdicts: Mapping[str, Verdict], excused: Collection[Finding] = ()) -> Verdict:
    """Give the worst of some verdicts that are not excused."""
    left = [v for where, v in verdicts.items() if finding_of(where, v) not in excused]
    return min(left, key=lambda verdict: _WORST.index(verdict.verdict), default=READS)


def conclude_upgrade(groups: Sequence[Group], roles: Roles, excused: Excused) -> Conclusion:
    """Judge the upgrade."""
    bad, unsure, counted = _sums(groups, lambda group: upgrades_of(group, roles), excused)
    if bad:
        who = roles.new if len(roles.newer) == 1 else "a newer release"
        sentence = f"{who} will not read {_entries(bad)} of {counted:,} as they were written."
        return Conclusion("unsafe", sentence)
    if unsure:
        return Conclusion("unknown", f"{_entries(unsure)} of {counted:,} could not be judged.")
    who = roles.new if len(roles.newer) == 1 else "each newer release"
    return Conclusion("safe", f"{who} reads every entry that is alive now{_but(excused)}.")


def conclude_rollback(
    groups: Sequence[Group], roles: Roles, stage: str, excused: Excused
) -> Conclusion:
    """Judge the rollback."""
    if roles.old is None:
        sentence = "Name the release you would go back to as a second --target."
        return Conclusion("not-asked", sentence)
    bad, unsure, counted = _sums(groups, rollbacks_of, excused)
    new, old = roles.new, roles.old
    if len(roles.newer) > 1:
        new, old = "a newer release", "an older one"
    if bad:
        sentence = (
            f"what {new} writes in place of {_entries(bad)} of {counted:,} "
            f"will not be read by {old}."
        )
        return Conclusion("unsafe", sentence)
    if unsure:
        how = "beyond protocol and names" if stage != "trial" else "by a trial"
        sentence = f"{_entries(unsure)} of {counted:,} could not be judged {how}."
        return Conclusion("unknown", sentence)
    return Conclusion("safe", f"{old} reads what {new} will write in their place{_but(excused)}.")


def as_far_as_seen(conclusion: Conclusion, unseen: str) -> Conclusion:
    """Take back a `safe` if not everything was seen, for the reason given ("" if it was)."""
    if not unseen or conclusion.verdict != "safe":
        return conclusion
    return Conclusion("unknown", f"nothing speaks against it in what was seen, but {unseen}.")


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


def findings_of(group: Group, roles: Roles) -> set[Finding]:
    """Give all that speaks against a group, in both directions."""
    both = {**upgrades_of(group, roles), **rollbacks_of(group)}
    return {finding_of(where, verdict) for where, verdict in both.items() if verdict.is_bad}


def _sums(
    groups: Sequence[Group], verdicts_of: Callable[[Group], dict[str, Verdict]], excused: Excused
) -> tuple[int, int, int]:
    """Count the entries that fail, that are not known, and all."""
    bad = unsure = 0
    for number, group in enumerate(groups, 1):
        verdict = worst(verdicts_of(group), excused.get(number, ()))
        bad += group.count if verdict.is_bad else 0
        unsure += group.count if verdict.verdict == "unknown" else 0
    return bad, unsure, sum(group.count for group in groups)


def _but(excused: Excused) -> str:
    return ", but for what is waived or known" if excused else ""


def _entries(count: int) -> str:
    return f"{count:,} entries" if count != 1 else "1 entry"


def is_excused(group: Group, number: int, roles: Roles, excused: Excused) -> bool:
    """Whether all that speaks against a group is excused."""
    found = findings_of(group, roles)
    return bool(found) and found <= set(excused.get(number, ()))
