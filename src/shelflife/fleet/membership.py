"""One process in one fleet: what it says of itself, and what it learns. Generators, no I/O.

Rules:
1. It writes itself down before it reads who else is there. Whoever reads later sees it; whoever
   read before is called by a new `version`, written in the same step, if it lowers the floor.
2. The version, and whether it is still written down itself, are asked for all the time; the rest
   only when they changed or a beat is due.
3. A process that was away so long that it was taken for dead comes back as a new one would.
"""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable
from typing import Optional

from shelflife.errors import ServerError
from shelflife.fleet.deciding import readers_of
from shelflife.fleet.following import LEASE, Follower
from shelflife.fleet.liveness import BEAT, DEAD, Observer, is_surely_alive
from shelflife.fleet.own import Own
from shelflife.fleet.records import Member, Remembered
from shelflife.fleet.registry import (
    MOST_FIELDS,
    VERSION_FIELD,
    Registry,
    field_of,
    new_version,
    read_registry,
    registry_key,
)
from shelflife.fleet.reporting import Reports
from shelflife.fleet.talking import Talk
from shelflife.floors import Floor, lowest
from shelflife.stores.commands import ReadFields, ReadHash, WriteFields, WrongType

POLL = 0.4
_REMEMBER_EVERY = 600.0
_MOST_REMEMBERED = 50
_LOOK_FOR_EACH = 0.05
"""Seconds between two looks at everybody, for each of them: what a large fleet reads is bounded."""


class Membership:
    """What a process knows of its fleet and says of itself.

    Args:
        fleet: The name.
        own: What it says of itself.
        clock: Seconds that only go forward.
    """

    def __init__(self, fleet: str, own: Own, clock: Callable[[], float]) -> None:
        self.followers: weakref.WeakSet[Follower] = weakref.WeakSet()
        self._key = registry_key(fleet)
        self._field = field_of("member", own.name)
        self._own = own
        self._clock = clock
        self._observer = Observer()
        self._reports = Reports(fleet, own.release, clock)
        self._seen: Optional[list[Optional[bytes]]] = None  # the version, and what we wrote
        self._beats = 0
        self._beat_at = float("-inf")
        self._said: Optional[Floor] = None
        self._following = 0
        self._look_at = 0.0
        self._heard_at = float("-inf")
        self._server_beat: Optional[float] = None
        self._since: Optional[float] = None
        self._steady: Optional[float] = None
        self._clock_is = (0.0, 0.0)  # the server's clock, when ours said
        self._knows_clock = False

    def turn(self) -> Talk:
        """Look whether anything changed, and say that one lives if that is due.

        Failures of the server are told to the followers.
        """
        asked_at = self._clock()
        try:
            reply = yield ReadFields(self._key, (VERSION_FIELD, self._field))
            known = None if isinstance(reply, WrongType) else reply.values
            if known is not None:
                self._note_clock(reply.now)
            is_lost = known is None or known[1:] != (self._seen or [])[1:]
            is_new = is_lost or self._reach() != self._said
            is_due = known != self._seen or asked_at >= self._look_at
            if (
                is_new
                or is_due
                or len(self.followers) != self._following
                or self._is_somebody_new()
            ):
                yield from self._meet(is_new=is_new)
            else:
                if asked_at - self._beat_at >= BEAT:
                    yield from self._beat()
                self._observer.contact(asked_at)
                for follower in list(self.followers):
                    follower.renew(asked_at)
            self._heard_at = asked_at
        except ServerError as error:
            for follower in list(self.followers):
                follower.trouble("unreachable", f"the registry of the fleet: {error}")
            return
        yield from self._reports.turn(self.followers, self._server_now())

    def leave(self) -> Talk:
        """Say that this process is gone."""
        if self._seen is not None:
            self._seen = None
            yield from self._reports.send(self._server_now())
            yield WriteFields(self._key, (), (self._field,))

    def _is_somebody_new(self) -> bool:
        """Whether a cache waits to be told: one may have come when another went."""
        return any(not follower.has_followed for follower in list(self.followers))

    @property
    def is_fresh(self) -> bool:
        """Whether the fleet was heard of a moment ago."""
        return self._seen is not None and self._clock() - self._heard_at < LEASE

    @property
    def pause(self) -> float:
        """Seconds until the next turn: never quite those of all the others."""
        return POLL * random.uniform(0.75, 1.0)  # noqa: S311 - it keeps no secret

    def _meet(self, *, is_new: bool) -> Talk:
        """Write oneself down, read who is there, and follow.

        Args:
            is_new: Whether what has to be written down was not there before.
        """
        asked_at = self._clock()
        is_new = self._note_beat() or is_new
        if is_new:
            self._steady = self._server_beat
        call = is_new and (yield from self._would_lower())
        following, member = len(self.followers), self._member()
        written = member.framed()
        version = ((VERSION_FIELD, new_version()),) if call else ()
        yield WriteFields(self._key, ((self._field, written), *version))
        began, asked_at = asked_at, self._clock()
        is_new = is_new or asked_at - began > BEAT  # it was stopped in between
        content = yield ReadHash(self._key, MOST_FIELDS)
        registry = read_registry(content)
        self._note_clock(registry.now)
        alive = self._observer.look(registry, asked_at)
        readers = readers_of(registry, alive)
        for follower in list(self.followers):
            follower.follow(registry, readers, asked_at)
        self._beat_at = self._heard_at = asked_at
        self._seen = [registry.version, written]
        self._said, self._following = member.reach, following
        self._look_at = asked_at + max(BEAT, len(registry.members) * _LOOK_FOR_EACH)
        if not isinstance(content, WrongType):
            # Somebody may have left since: so this is asked once more.
            yield from self._tidy(registry, alive, asked_at, call=is_new and not call)

    def _beat(self) -> Talk:
        """Say that one lives, and nothing else."""
        if self._note_beat():
            yield from self._meet(is_new=True)
            return
        assert self._seen is not None, "it has met the others"
        self._beat_at, written = self._clock(), self._member().framed()
        self._seen[1] = written
        yield WriteFields(self._key, ((self._field, written),))
        if self._clock() - self._beat_at > BEAT:  # it was stopped in between
            yield from self._meet(is_new=True)

    def _tidy(self, registry: Registry, alive: dict[str, Member], at: float, *, call: bool) -> Talk:
        """Call the others if that is needed; note what changed; remove what is long dead."""
        puts: list[tuple[bytes, bytes]] = []
        member = self._member()
        if self._seen is not None and member.framed() != self._seen[1]:  # it writes another form
            self._seen[1] = member.framed()
            puts.append((self._field, member.framed()))
        if call and self._lowers(registry):
            puts.append((VERSION_FIELD, new_version()))
        remembered = self._remembered(registry)
        if remembered is not None:
            puts.append((field_of("release", self._own.release), remembered.framed()))
        gone = [field_of("member", name) for name in self._observer.forgotten(registry, alive, at)]
        gone += self._observer.broken(registry, at)
        gone += _too_many(registry)
        if puts or gone:
            yield WriteFields(self._key, tuple(puts), tuple(gone))

    def _would_lower(self) -> Talk:
        """-> whether the floor goes down when this process is there."""
        return self._lowers(read_registry((yield ReadHash(self._key, MOST_FIELDS))))

    def _lowers(self, registry: Registry) -> bool:
        """Whether this process reads less than all those together whom nobody takes for dead."""
        others = [
            member.reach
            for name, member in registry.members.items()
            if name != self._own.name and is_surely_alive(member, registry.now)
        ]
        return not others or lowest([*others, self._reach()]) != lowest(others)

    def _remembered(self, registry: Registry) -> Optional[Remembered]:
        """Give what to note of this release, if that is new or an old note."""
        now, reach = registry.now, self._reach()
        known = registry.remembered.get(self._own.release)
        if known is None:
            return Remembered(reach, now, now)
        again = known.seen_again(reach, now)
        fresh = now is not None and known.last is not None and now - known.last < _REMEMBER_EVERY
        return None if again.reach == known.reach and (fresh or now is None) else again

    def _note_beat(self) -> bool:
        """Set the times of the next beat; give whether the others may have taken us for dead."""
        self._beats += 1
        now = self._server_now()
        last, self._server_beat = self._server_beat, now
        ours = self._clock() - self._beat_at
        theirs = 0.0 if now is None or last is None else now - last
        if self._since is None:
            self._since = now
        return max(ours, theirs) > DEAD - BEAT

    def _member(self) -> Member:
        followers = list(self.followers)
        followed = [follower for follower in followers if not follower.fixed]
        return Member(
            self._own.release,
            self._own.runtime,
            self._own.place,
            self._reach(),
            " | ".join(sorted({str(follower.floor) for follower in followers}))[:400],
            " | ".join(sorted({str(follower.minimum) for follower in followed}))[:400],
            self._beats,
            self._server_beat,
            self._since,
            self._steady,
        )

    def _reach(self) -> Floor:
        return lowest([self._own.reach, *(follower.reach for follower in list(self.followers))])

    def _note_clock(self, now: Optional[float]) -> None:
        if now is None:
            self._knows_clock = False
        else:
            self._clock_is = (now, self._clock())
            self._knows_clock = True

    def _server_now(self) -> Optional[float]:
        if not self._knows_clock:
            return None
        theirs, ours = self._clock_is
        return theirs + self._clock() - ours


def _too_many(registry: Registry) -> list[bytes]:
    """Give the fields of remembered releases that were seen longest ago, beyond the most."""
    by_age = sorted(registry.remembered, key=lambda name: registry.remembered[name].last or 0.0)
    return [field_of("release", name) for name in by_age[: max(0, len(by_age) - _MOST_REMEMBERED)]]
