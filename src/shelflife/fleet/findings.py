"""What somebody should know of a fleet, worst first, each with the command that helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from shelflife.fleet.deciding import have_form_in_common, hindrances
from shelflife.fleet.order import is_worth_raising
from shelflife.fleet.sight import Sight, floors_in
from shelflife.floors import Floor, lowest

DAY = 86400.0
OLD_HOLD = 7 * DAY


@dataclass(frozen=True)
class Finding:
    """One thing.

    Attributes:
        kind: A closed, stable list: see `KINDS`.
        text: A sentence.
        words: What to say to `shelflife floor`; empty if no command helps.
    """

    kind: str
    text: str
    words: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether entries may not be read because of it, or the registry is not believed."""
        return self.kind in {"unreadable-writes", "conflict", "corrupt"}


KINDS = (
    "corrupt",
    "conflict",
    "unreadable-writes",
    "kept-down",
    "expired-pin",
    "old-hold",
    "forgotten-flip",
    "unknown-field",
)


def findings(sight: Sight) -> list[Finding]:
    """Give what there is to say."""
    found = [
        *_problems(sight),
        *_conflict(sight),
        *_unreadable_writes(sight),
        *_kept_down(sight),
        *_expired_pins(sight),
        *_old_hold(sight),
        *_forgotten_flip(sight),
    ]
    return sorted(found, key=lambda finding: KINDS.index(finding.kind))


def _problems(sight: Sight) -> Iterator[Finding]:
    for problem in sight.registry.problems:
        if problem.why == "unknown":
            yield Finding("unknown-field", f"the field {problem.field} is of no kind known here")
            continue
        kind, _, name = problem.field.partition(":")
        words = {
            "pin": ("unpin", name),
            "declare": ("undeclare", name),
            "hold": ("hold", "--release"),
        }.get(kind, ())
        text = f"the field {problem.field} is {problem.why}: all write their minimum meanwhile"
        yield Finding("corrupt", text, words)


def _conflict(sight: Sight) -> Iterator[Finding]:
    decision, readers = sight.decision(), sight.readers
    if not decision.conflict:
        return
    if have_form_in_common(readers):
        possible = _highest([reader.reach for reader in readers])
        text = f"all read {possible}, but {decision.floor} is the most that may be written"
        yield Finding("conflict", text, ("raise", str(possible)))
    else:
        texts = (f"{r} reads {' and '.join(sorted(r.reach.dialects))}" for r in readers)
        text = f"the readers have no form in common, so the minimum is written: {'; '.join(texts)}"
        yield Finding("conflict", text)


def _unreadable_writes(sight: Sight) -> Iterator[Finding]:
    seen = set()
    for member in sight.alive.values():
        for floor in floors_in(member.writes):
            for reader in sight.readers:
                why = hindrances(floor, reader.reach)
                at = (member.release, str(floor), reader.kind, reader.name)
                if why and at not in seen:
                    seen.add(at)
                    yield Finding(
                        "unreadable-writes",
                        f"release {member.release} writes for {floor}, which {reader} does not "
                        f"read: {'; '.join(why)}",
                    )


def _kept_down(sight: Sight) -> Iterator[Finding]:
    decision = sight.decision()
    if decision.base == "committed":
        for reader, why in decision.limits:
            yield Finding("kept-down", f"{reader} keeps the floor down: {'; '.join(why)}")


def _expired_pins(sight: Sight) -> Iterator[Finding]:
    for name, pin in sight.registry.pins.items():
        if pin.until <= sight.now:
            days = (sight.now - pin.until) / DAY
            text = f"the pin of release {name} expired {days:.1f} days ago, and counts no more"
            yield Finding("expired-pin", text, ("unpin", name))


def _old_hold(sight: Sight) -> Iterator[Finding]:
    held = sight.registry.hold
    if held is not None and held.at is not None and sight.now - held.at >= OLD_HOLD:
        days = (sight.now - held.at) / DAY
        text = f"{held.by} has held the floor for {days:.0f} days: {held.reason}"
        yield Finding("old-hold", text, ("hold", "--release"))


def _forgotten_flip(sight: Sight) -> Iterator[Finding]:
    """Everybody who was here within a day reads more than is written, and has for a day."""
    registry, readers = sight.registry, sight.readers
    if not sight.alive or registry.hold is not None or sight.decision().conflict:
        return
    recent = [
        past.reach
        for past in registry.remembered.values()
        if past.last is not None and sight.now - past.last < DAY
    ]
    possible = _highest([*(reader.reach for reader in readers), *recent])
    base = registry.commit.floor if registry.commit else sight.decision().floor
    known_since = [past.first for past in registry.remembered.values() if past.first is not None]
    committed_at = registry.commit.at if registry.commit else None
    since = max(min(known_since, default=sight.now), committed_at or 0.0)
    if sight.now - since >= DAY and is_worth_raising(base, possible):
        text = f"every reader has read {possible} for a day, and {base} is what is allowed"
        yield Finding("forgotten-flip", text, ("raise", str(possible)))


def _highest(reaches: list[Floor]) -> Floor:
    """Give the highest floor within all of these."""
    together = lowest(reaches)
    return replace(together, dialects=frozenset((together.writes,)))
