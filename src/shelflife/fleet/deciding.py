"""What a fleet writes: the lowest of what was committed and of what each of its readers reads.

Rules:
1. Never above what was committed. Where nothing was, or the registry is in doubt, never above the
   minimum that the process was given either. Who may write entries of shelflife may write a
   dialect instead, if some reader needs it; of dialects none is below another.
2. Who is alive, pinned, or declared is a reader. Where the server's clock is not known, no pin has
   expired.
3. Where no form that may be written is read by all, it is the minimum's: writing nothing would be a
   cache that is switched off. That is a conflict, and said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from shelflife.fleet.records import Member
from shelflife.fleet.registry import Registry
from shelflife.floors import OURS, Bounds, Floor, lowest


class Reader(NamedTuple):
    """Readers of one kind and name that read the same.

    Attributes:
        kind: "live", "pinned" or "declared".
        name: The release.
        reach: What it reads.
        processes: How many processes; 0 for those that have none.
    """

    kind: str
    name: str
    reach: Floor
    processes: int = 0

    def __str__(self) -> str:
        if self.kind != "live":
            return f"{self.kind} release {self.name}"
        return f"release {self.name} ({self.processes} live)"


@dataclass(frozen=True)
class Decision:
    """The floor, and why it is not higher.

    Attributes:
        floor: What is written.
        fallback: What is written while the registry cannot be asked.
        base: "committed", or "minimum".
        limits: Who keeps it below its base, and why: (reader, sentences).
        conflict: Whether nothing that may be written is read by all.
    """

    floor: Floor
    fallback: Floor
    base: str
    limits: tuple[tuple[Reader, tuple[str, ...]], ...]
    conflict: bool


def readers_of(registry: Registry, alive: dict[str, Member]) -> list[Reader]:
    """Give all readers, processes of a release that read the same as one."""
    counts: dict[tuple[str, Floor], int] = {}
    for member in alive.values():
        at = (member.release, member.reach)
        counts[at] = counts.get(at, 0) + 1
    live = [Reader("live", name, reach, count) for (name, reach), count in counts.items()]
    pinned = [
        Reader("pinned", name, pin.reach)
        for name, pin in registry.pins.items()
        if registry.now is None or registry.now < pin.until
    ]
    declared = [
        Reader("declared", name, reader.reach) for name, reader in registry.declared.items()
    ]
    return sorted(live + pinned + declared, key=lambda reader: (reader.kind, reader.name))


def decide(registry: Registry, readers: Iterable[Reader], minimum: Floor) -> Decision:
    """Give what a process with this minimum writes."""
    readers = list(readers)
    said = registry.commit.floor if registry.commit is not None else None
    committed = said is not None and not registry.is_doubtful
    # In doubt nothing is written that either the minimum or the last commit would not allow.
    low = minimum if said is None else older(said, minimum)
    base = said if said is not None and committed else low
    floor = _together(base, readers, low)
    limits = [(reader, tuple(hindrances(base, reader.reach))) for reader in readers]
    return Decision(
        floor,
        _together(low, readers, low),
        "committed" if committed else "minimum",
        tuple((reader, why) for reader, why in limits if why),
        not _common(base, readers).writes,
    )


def have_form_in_common(readers: Iterable[Reader]) -> bool:
    """Whether there is a form that all of them read, whether or not it may be written."""
    reaches = [reader.reach for reader in readers]
    return not reaches or bool(lowest(reaches).writes)


def hindrances(floor: Floor, reach: Floor) -> list[str]:
    """Say why a reader may not read what is written at a floor; nothing if it does."""
    said = []
    if floor.writes not in reach.dialects:
        said.append(f"it reads {' and '.join(sorted(reach.dialects))}, not {floor.writes}")
    elif floor.writes == OURS and reach.format < floor.format:
        said.append(f"it reads entries up to format {reach.format}, not {floor.format}")
    if reach.python < floor.python:
        said.append(f"it runs on Python {reach.python_text}")
    known = {bounds.package: bounds for bounds in reach.packages}
    for bounds in floor.packages:
        has = known.get(bounds.package)
        if has is not None and has.joined(bounds) != bounds:
            said.append(f"it has {_only(has)}")
    return said


def _only(bounds: Bounds) -> str:
    return f"{bounds.package} {'.'.join(map(str, bounds.low or ()))}"


def _common(base: Floor, readers: list[Reader]) -> Floor:
    """Give the lowest of all, from the base, and below shelflife's own form from any dialect."""
    if base.writes == OURS:
        known = frozenset().union(*(reader.reach.dialects for reader in readers))
        base = replace(base, dialects=base.dialects | known)
    return lowest([base, *(reader.reach for reader in readers)])


def older(one: Floor, other: Floor) -> Floor:
    """Give a floor at which nothing is written that one of the two would not allow.

    Of two dialects it is the other's.
    """
    form = one.writes if other.writes in (OURS, "") else other.writes
    both = (replace(floor, dialects=frozenset((form,))) for floor in (one, other))
    return lowest(both)


def _together(base: Floor, readers: list[Reader], low: Floor) -> Floor:
    floor = _common(base, readers)
    return replace(floor, dialects=frozenset((floor.writes or low.writes,)))
