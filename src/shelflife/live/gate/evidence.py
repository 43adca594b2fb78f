"""What a gate decides by: who is there, what they counted, and what they counted before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from shelflife.errors import ConfigurationError
from shelflife.fleet.counts import Counts, ReleaseCounts
from shelflife.fleet.records import Member
from shelflife.fleet.sight import Sight
from shelflife.floors import Floor, lowest
from shelflife.live.gate.terms import Thresholds

PROMOTE, ROLLBACK = "promote", "rollback"


@dataclass(frozen=True)
class Evidence:
    """All of it, at one moment.

    Attributes:
        step: What is about to be done: "promote" or "rollback".
        sight: Who is there.
        window: What was counted in the time that is looked at.
        before: What was counted in the hour before that.
        lately: What was counted since the floor was committed.
        seconds: How long the window has lasted.
        share: How much of the time has passed that the gate is to watch; 1 at the end.
        started_at: When the window began, by the server's clock.
        target: The release to go back to, if there is one.
        present: The processes that lived when the watch began.
        thresholds: What may be.
    """

    step: str
    sight: Sight
    window: Counts
    before: Counts
    lately: Counts
    seconds: float
    share: float
    started_at: float
    target: Optional[str]
    present: Mapping[str, Member]
    thresholds: Thresholds

    @property
    def is_final(self) -> bool:
        """Whether no more will be seen."""
        return self.share >= 1

    @property
    def live(self) -> list[str]:
        """The releases that have processes."""
        return sorted({member.release for member in self.sight.alive.values()})

    def counted(self, release: str) -> ReleaseCounts:
        """Give what a release counted in the window."""
        return self.window.of(release)

    def members_of(self, release: str) -> list[Member]:
        """Give the live processes of a release."""
        return [member for member in self.sight.alive.values() if member.release == release]

    @property
    def target_reach(self) -> Optional[Floor]:
        """What the release to go back to reads."""
        reaches = [r.reach for r in self.sight.readers if r.name == self.target]
        if reaches:
            return lowest(reaches)
        remembered = self.sight.registry.remembered.get(self.target or "")
        return remembered.reach if remembered else None

    @property
    def is_target_a_reader(self) -> bool:
        """Whether the fleet takes the release to go back to into account."""
        return any(reader.name == self.target for reader in self.sight.readers)


def release_to_go_back_to(sight: Sight, given: Optional[str]) -> Optional[str]:
    """Give the release that a rollback would lead to.

    Args:
        sight: What was seen.
        given: What the user says.

    Raises:
        ConfigurationError: If nobody knows the release that the user names.
    """
    registry = sight.registry
    live = {member.release for member in sight.alive.values()}
    known = live | {*registry.pins, *registry.declared, *registry.remembered}
    if given is not None:
        if given not in known:
            names = ", ".join(sorted(known)) or "none"
            raise ConfigurationError(
                f"release {given} is not known to the fleet; those that are: {names}"
            )
        return given
    pins = [name for name, pin in registry.pins.items() if pin.until > sight.now]
    if len(pins) == 1:
        return pins[0]
    if len(live) > 1:
        return min(live, key=lambda name: (_first_seen(sight, name), name))
    if len(registry.declared) == 1:
        return next(iter(registry.declared))
    ahead = gone_ahead(sight)
    gone = [name for name in registry.remembered if name not in live and name not in ahead]
    return max(gone, key=lambda name: registry.remembered[name].last or 0.0, default=None)


def gone_ahead(sight: Sight) -> list[str]:
    """Give the releases that were first seen after all that live, and have no process any more."""
    live = {member.release for member in sight.alive.values()}
    newest = max((_first_seen(sight, name) for name in live), default=float("inf"))
    return sorted(
        name
        for name, release in sight.registry.remembered.items()
        if name not in live and release.first is not None and release.first > newest
    )


def _first_seen(sight: Sight, release: str) -> float:
    remembered = sight.registry.remembered.get(release)
    if remembered is not None and remembered.first is not None:
        return remembered.first
    since = [m.since for m in sight.alive.values() if m.release == release and m.since is not None]
    return min(since, default=float("inf"))
