"""What a registry says: who reads, who will again, what was committed, and who keeps it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional

from shelflife.fleet.framing import Facts, floor_facts, frame
from shelflife.floors import Floor, lowest


@dataclass(frozen=True)
class Member:
    """A process of the fleet.

    Attributes:
        release: What was deployed there.
        runtime: Its Python, such as "cpython3.11.7".
        place: Host and process id.
        reach: What it reads.
        writes: What it writes now, as a floor.
        minimum: What it falls back to, as a floor; "" if it does not follow the fleet.
        beats: How often it has said that it lives.
        beat: When it did so last, by the server's clock; None if that may not be asked.
        since: When it joined.
        steady: Since when it has done so without a gap.
    """

    release: str
    runtime: str
    place: str
    reach: Floor
    writes: str
    minimum: str
    beats: int
    beat: Optional[float]
    since: Optional[float]
    steady: Optional[float]

    def framed(self) -> bytes:
        """Give the field's value."""
        facts = dict(vars(self), reach=floor_facts(self.reach))
        return frame(facts)

    @classmethod
    def of(cls, facts: Facts) -> Member:
        """Give the member from its facts."""
        return cls(
            facts.text("release"),
            facts.text("runtime"),
            facts.text("place"),
            facts.floor("reach"),
            facts.text("writes"),
            facts.text("minimum"),
            facts.number("beats"),
            facts.moment("beat"),
            facts.moment("since"),
            facts.moment("steady"),
        )


@dataclass(frozen=True)
class Pin:
    """A release that may come back, and counts as a reader until then."""

    reach: Floor
    until: float
    by: str
    at: Optional[float]

    def framed(self) -> bytes:
        """Give the field's value."""
        return frame(dict(vars(self), reach=floor_facts(self.reach)))

    @classmethod
    def of(cls, facts: Facts) -> Pin:
        """Give the pin from its facts."""
        until = facts.moment("until")
        return cls(facts.floor("reach"), until or 0.0, facts.text("by"), facts.moment("at"))


@dataclass(frozen=True)
class Declared:
    """A reader without a heartbeat: an unmodified release of the time before."""

    reach: Floor
    by: str
    at: Optional[float]

    def framed(self) -> bytes:
        """Give the field's value."""
        return frame(dict(vars(self), reach=floor_facts(self.reach)))

    @classmethod
    def of(cls, facts: Facts) -> Declared:
        """Give the reader from its facts."""
        return cls(facts.floor("reach"), facts.text("by"), facts.moment("at"))


@dataclass(frozen=True)
class Remembered:
    """A release that was seen, so that it can be pinned when all its processes have ended."""

    reach: Floor
    first: Optional[float]
    last: Optional[float]

    def framed(self) -> bytes:
        """Give the field's value."""
        return frame(dict(vars(self), reach=floor_facts(self.reach)))

    @classmethod
    def of(cls, facts: Facts) -> Remembered:
        """Give the release from its facts."""
        return cls(facts.floor("reach"), facts.moment("first"), facts.moment("last"))

    def seen_again(self, reach: Floor, now: Optional[float]) -> Remembered:
        """Give the release as it is after one of its processes was seen."""
        return replace(self, reach=lowest([self.reach, reach]), last=now)


@dataclass(frozen=True)
class Hold:
    """The floor is not to be raised for now."""

    reason: str
    by: str
    at: Optional[float]

    def framed(self) -> bytes:
        """Give the field's value."""
        return frame(dict(vars(self)))

    @classmethod
    def of(cls, facts: Facts) -> Hold:
        """Give the hold from its facts."""
        return cls(facts.text("reason"), facts.text("by"), facts.moment("at"))


@dataclass(frozen=True)
class Commit:
    """A floor that somebody committed.

    Attributes:
        floor: What may be written, if all readers read it.
        previous: The one before.
        by: Who.
        at: When.
        readers: Those that were seen: kind, name, how many, what they read.
    """

    floor: Floor
    previous: Optional[Floor]
    by: str
    at: Optional[float]
    readers: tuple[dict[str, Any], ...]

    def framed(self) -> bytes:
        """Give the field's value."""
        previous = None if self.previous is None else floor_facts(self.previous)
        facts = dict(vars(self), floor=floor_facts(self.floor), previous=previous)
        return frame(facts)

    @classmethod
    def of(cls, facts: Facts) -> Commit:
        """Give the commit from its facts."""
        readers = [
            {**{n: row.text(n) for n in ("kind", "name", "reads")}, "count": row.number("count")}
            for row in facts.rows("readers")
        ]
        return cls(
            facts.floor("floor"),
            facts.floor_or_none("previous"),
            facts.text("by"),
            facts.moment("at"),
            tuple(readers),
        )
