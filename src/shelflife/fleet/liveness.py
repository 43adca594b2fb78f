"""Who of the fleet is alive: told by heartbeats, by the server's clock and by one's own eyes.

Rules:
1. Who has beaten within `DEAD` seconds, by the server's clock, is alive.
2. Else it is dead only if it could have beaten: when whoever looks has seen no beat for that long
   while the server answered it, or when another member has beaten steadily all that time. After an
   outage, and when the server's clock was set, nobody is dead yet.
3. Where the server's clock is not known, rule 2 alone decides.
4. Nobody's wall clock but the server's is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from shelflife.fleet.records import Member
from shelflife.fleet.registry import Registry

BEAT = 5.0
"""Seconds between two heartbeats."""
DEAD = 20.0
"""Seconds without one."""
FORGET = 3600.0
"""Seconds after which others remove it."""

_LOST_CONTACT = 2.0
_SKEW = 5.0


@dataclass
class _Seen:
    beats: int
    changed: float
    was_stale: bool


class Observer:
    """Watches the members, in seconds of its own monotonic clock."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._broken: dict[bytes, float] = {}
        self._contact_since = 0.0
        self._last_contact = float("-inf")

    def contact(self, at: float) -> None:
        """Take note that the server has answered."""
        if at - self._last_contact > _LOST_CONTACT:
            self._contact_since = at
        self._last_contact = at

    def look(self, registry: Registry, at: float) -> dict[str, Member]:
        """Give the members that are alive."""
        self.contact(at)
        for name, member in registry.members.items():
            seen = self._seen.get(name)
            if seen is None:
                stale = not _is_fresh(_age(member, registry.now), DEAD)
                self._seen[name] = _Seen(member.beats, at, stale)
            elif seen.beats != member.beats:
                self._seen[name] = _Seen(member.beats, at, was_stale=False)
        for name in self._seen.keys() - registry.members.keys():
            del self._seen[name]
        steady = any(_is_steady(member, registry.now) for member in registry.members.values())
        return {
            name: member
            for name, member in registry.members.items()
            if self._is_alive(name, member, registry.now, at, steady=steady)
        }

    def forgotten(self, registry: Registry, alive: dict[str, Member], at: float) -> list[str]:
        """Give the members that have been dead for so long that they can be removed."""
        found = []
        for name, member in registry.members.items():
            age = _age(member, registry.now)
            quiet = at - max(self._seen[name].changed, self._contact_since)
            if name not in alive and (quiet if age is None else age) >= FORGET:
                found.append(name)
        return found

    def broken(self, registry: Registry, at: float) -> list[bytes]:
        """Give fields that nobody heals any more: of members, and of releases that were seen.

        What a newer release of shelflife has written is left for as long as a dead member is.
        """
        now = {
            registry.raw_names[problem.field]: DEAD if problem.why == "corrupt" else FORGET
            for problem in registry.problems
            if problem.field.startswith(("member:", "release:"))
            and problem.field in registry.raw_names
        }
        self._broken = {field: self._broken.get(field, at) for field in now}
        return [field for field, since in self._broken.items() if at - since >= now[field]]

    def _is_alive(
        self, name: str, member: Member, now: Optional[float], at: float, *, steady: bool
    ) -> bool:
        age = _age(member, now)
        if _is_fresh(age, DEAD):
            return True
        seen = self._seen[name]
        if at - max(seen.changed, self._contact_since) >= DEAD:
            return False
        return not (seen.was_stale and steady and age is not None and age >= DEAD)


def is_surely_alive(member: Member, now: Optional[float]) -> bool:
    """Whether everybody takes a member for alive, whatever they have seen of it."""
    return _is_fresh(_age(member, now), DEAD - BEAT)


def _age(member: Member, now: Optional[float]) -> Optional[float]:
    return None if now is None or member.beat is None else now - member.beat


def _is_fresh(age: Optional[float], within: float) -> bool:
    return age is not None and -_SKEW <= age < within


def _is_steady(member: Member, now: Optional[float]) -> bool:
    """Whether it has beaten all the time that somebody else would have had to be dead."""
    if now is None or member.steady is None or not _is_fresh(_age(member, now), 2 * BEAT):
        return False
    return now - member.steady >= DEAD + BEAT
