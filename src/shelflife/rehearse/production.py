"""What an audit says the production cache holds, and whether this rehearsal has met its like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

from shelflife.rehearse.entries.book import OLD
from shelflife.rehearse.entries.kinds import Kind
from shelflife.rehearse.entries.tally import UPGRADE
from shelflife.rehearse.outcome import Outcome

_NON_ASCII = "8-bit strings that are not ASCII"
_MOST_GROUPS = 200


@dataclass(frozen=True)
class Group:
    """Entries of production that are alike.

    Attributes:
        shown: What they are.
        count: How many live there, or among the keys that a sample took.
        covered: Whether new has read such an entry of old's, or of production's, here.
    """

    key_class: str
    shown: str
    count: int
    covered: bool
    sentence: str
    remedy: str


class Production(NamedTuple):
    """All of them; state (queues, sessions, locks) is left out, as nothing here is said of it."""

    file: str
    groups: Sequence[Group]


def find_production(outcome: Outcome) -> Optional[Production]:
    """Compare with the audit that was named; None if none was."""
    if outcome.settings.against is None:
        return None
    file, document = outcome.settings.against
    met = [kind for kind, tally in outcome.tally.kinds.items() if tally.crossed[UPGRADE]]
    wrote = {
        kind.key_class
        for kind, tally in outcome.tally.kinds.items()
        if any(by == OLD for by, _ in tally.wrote)
    }
    groups = [group for group in document["groups"] if not group["state"]]
    groups.sort(key=lambda group: -int(group["count"]))
    among = _sample(document)
    found = [_group(group, among, met, wrote, outcome) for group in groups[:_MOST_GROUPS]]
    return Production(file, tuple(found))


def _sample(document: Mapping[str, Any]) -> str:
    """Say what the counts are of, if the audit has not read every key."""
    sampled = document.get("sampled")
    if sampled is None:
        return ""
    return f" among {int(sampled['asked']):,} of its {int(sampled['of']):,} keys"


def _group(
    group: Mapping[str, Any], among: str, met: Sequence[Kind], wrote: set[str], outcome: Outcome
) -> Group:
    key_class, count = str(group["key_class"]), int(group["count"])
    shown = _described(group)
    covered = any(_is_like(group, kind) for kind in met)
    if covered:
        return Group(key_class, shown, count, True, "new has read such entries here", "")
    asked = any(_same_class(key_class, name) for name in wrote)
    what = "wrote none that new read" if asked else "wrote none"
    sentence = (
        f"{count:,} entries of {key_class} ({shown}) live in production{among}; this rehearsal "
        f"{what}"
    )
    return Group(key_class, shown, count, False, sentence, _remedy(group, asked, outcome))


def _remedy(group: Mapping[str, Any], asked: bool, outcome: Outcome) -> str:
    seed = "put real ones into the rehearsal's cache with --seed-entries FILE.rdb"
    if not asked:
        return f"add requests that lead to {group['key_class']} to the log, or {seed}"
    if _NON_ASCII in group["features"] and "unicode" not in outcome.plan.inject:
        return f"have requests with such text derived with --inject unicode, or {seed}"
    return seed


def _described(group: Mapping[str, Any]) -> str:
    parts = [str(group["dialect"])]
    if group["codec"] not in {"", group["dialect"]}:
        parts.append(str(group["codec"]))
    if group["protocol"] is not None:
        parts[-1] += f" protocol {group['protocol']}"
    parts += [f"{name}" for name in group["names"][:2]]
    if len(group["names"]) > 2:
        parts[-1] += f" and {len(group['names']) - 2} more names"
    if _NON_ASCII in group["features"]:
        parts.append(_NON_ASCII)
    return ", ".join(parts)


def _is_like(group: Mapping[str, Any], kind: Kind) -> bool:
    """Whether entries of a kind stand for a group: as hard to read in every respect."""
    return (
        _same_class(str(group["key_class"]), kind.key_class)
        and group["dialect"] == kind.dialect
        and group["codec"] == kind.codec
        and group["protocol"] == kind.protocol
        and (kind.eight_bit or _NON_ASCII not in group["features"])
        and set(group["names"]) <= set(kind.names)
    )


def _same_class(one: str, other: str) -> bool:
    """Whether two key classes mean the same keys; fewer keys show fewer segments of their names."""
    if one == other:
        return True
    a, b = one.rstrip("*"), other.rstrip("*")
    return bool(a and b) and (a.startswith(b) or b.startswith(a))
