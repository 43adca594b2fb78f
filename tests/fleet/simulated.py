"""Processes of a fleet in simulated time, on a registry in memory."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.fleet.following import Follower
from shelflife.fleet.membership import Membership
from shelflife.fleet.own import Own
from shelflife.fleet.records import Commit
from shelflife.fleet.registry import registry_key
from shelflife.fleet.talking import talk_through, talk_through_async
from shelflife.floors import Floor, parse_floor
from shelflife.stores import MemoryStore
from shelflife.stores.commands import FieldValues, HashContent, ReadHash, Unlink, WriteFields

KEY = registry_key("api")
BOTH = frozenset(("shelflife", "werkzeug"))
MINIMUM = "python>=2.7, werkzeug"
HIGH = "python>=3.9"


class World:
    """A server with a clock of its own, and processes whose clocks go with the real time.

    Args:
        chance: Makes each question and answer take a while; without it, none takes any time.
    """

    def __init__(self, chance: Optional[random.Random] = None) -> None:
        self.seconds = 0.0
        self.server_is_ahead = 1e6
        self.tells_time = True
        self.is_up = True
        self.store = MemoryStore(lambda: self.seconds + self.server_is_ahead)
        self.processes: list[Process] = []
        self.chance = chance

    def start(self, name: str, reads: frozenset[str] = BOTH, minimum: str = MINIMUM) -> Process:
        """Start a process."""
        process = Process(self, name, Floor((3, 11), reads), parse_floor(minimum))
        self.processes.append(process)
        return process

    def run(self, seconds: float) -> None:
        """Let time pass, in which all processes that run take their turns."""
        end = self.seconds + seconds
        while self.seconds < end:
            self.seconds = round(self.seconds + 0.1, 3)
            for process in self.processes:
                process.go_on()

    def commit(self, floor: str) -> None:
        """Commit a floor, as the command line does."""
        record = Commit(parse_floor(floor), None, "ana", None, ())
        puts = ((b"floor", record.framed()), (b"version", str(self.seconds).encode()))
        self.store.run(WriteFields(KEY, puts))

    def lose(self) -> None:
        """Lose the registry."""
        self.store.run(Unlink((KEY,)))

    def members(self) -> set[str]:
        """The names in the registry."""
        fields = self.store.run(ReadHash(KEY, 10_000)).fields
        return {name.decode()[7:] for name in fields if name.startswith(b"member:")}

    def version(self) -> Any:
        """What changes when everybody is called."""
        return self.store.run(ReadHash(KEY, 10_000)).fields.get(b"version")

    def leave(self, process: Process) -> None:
        """Let a process end as it should."""
        process.gone = True
        talk_through(process.membership.leave(), self.ask)

    def ask(self, command: Any) -> Any:
        """Run a command, if the server is up, with its clock, if it tells it."""
        if not self.is_up:
            raise ServerError("refused", "down")
        reply = self.store.run(command)
        if isinstance(reply, (HashContent, FieldValues)) and not self.tells_time:
            return reply._replace(now=None)
        return reply


class Process:
    """One process; `stopped` is SIGSTOP, `gone` is SIGKILL."""

    def __init__(self, world: World, name: str, reach: Floor, minimum: Floor) -> None:
        self.world = world
        self.name = name
        self.stopped = self.gone = False
        self.told: list[str] = []
        own = Own(name, f"release-{name}", "cpython3.11.7", "host:1", reach)
        self.membership = Membership("api", own, lambda: world.seconds)
        self.follower = Follower(reach, minimum, lambda _: _Writer(), self._tell)
        self.membership.followers.add(self.follower)
        self.field = b"member:" + name.encode()
        self.beat_at = self.joined_at = float("-inf")
        self._next = 0.0
        self._talk: Any = None

    @property
    def writes(self) -> str:
        """The form it would write right now; the follower's own clock is the real one."""
        until, floor = self.lease
        return floor.writes if self.world.seconds < until else self.follower.minimum.writes

    @property
    def lease(self) -> tuple[float, Floor]:
        """Until when, and what."""
        return self.follower._current[0], self.follower._decided

    @property
    def is_talking(self) -> bool:
        """Whether it is in the middle of a turn."""
        return self._talk is not None

    def go_on(self) -> None:
        """Take a turn if one is due; or, where everything takes time, the next step of it."""
        if self.stopped or self.gone or self.world.seconds < self._next:
            return
        chance = self.world.chance
        if chance is None:
            talk_through(self.membership.turn(), self.world.ask)
        elif self._talk is None:
            self._talk = talk_through_async(self.membership.turn(), self._ask_slowly)
        if self._talk is not None:
            try:
                self._talk.send(None)
            except StopIteration:
                self._talk = None
            else:
                return
        self._next = self.world.seconds + self.membership.pause

    async def _ask_slowly(self, command: Any) -> Any:
        """Wait before the server has it, and before its answer is there."""
        await _Moments(self.world.chance)
        if isinstance(command, WriteFields) and any(p[0] == self.field for p in command.puts):
            self._note_beat()
        reply = self.world.ask(command)
        await _Moments(self.world.chance)
        return reply

    def _note_beat(self) -> None:
        now = self.world.seconds
        if self.world.is_up and (now - self.beat_at > 15 or self.name not in self.world.members()):
            self.joined_at = now
        self.beat_at = now if self.world.is_up else self.beat_at

    def _tell(self, reason: str, detail: str) -> None:
        assert detail
        self.told.append(reason)


class _Moments:
    """Some moments to wait for, often none."""

    def __init__(self, chance: Optional[random.Random]) -> None:
        assert chance is not None, "only slow worlds wait"
        self._count = chance.choice([0, 0, 0, 1, 1, 3])

    def __await__(self) -> Generator[None, None, None]:
        for _ in range(self._count):
            yield


class _Writer:
    def write(self, value: Any) -> bytes:
        return repr(value).encode()
