"""The fleet as somebody sees it who is not part of it: the command line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

from shelflife.errors import ConfigurationError
from shelflife.fleet.deciding import Decision, Reader, decide, readers_of
from shelflife.fleet.liveness import Observer
from shelflife.fleet.records import Member
from shelflife.fleet.registry import MOST_FIELDS, Registry, read_registry, registry_key
from shelflife.fleet.talking import talk_through
from shelflife.floors import Floor, lowest, parse_floor
from shelflife.stores.commands import ReadHash


@dataclass(frozen=True)
class Sight:
    """What was seen of a fleet.

    Attributes:
        fleet: Its name.
        registry: What its registry said.
        alive: The members that live.
    """

    fleet: str
    registry: Registry
    alive: dict[str, Member]

    @property
    def now(self) -> float:
        """The server's clock; ours, where it may not be asked."""
        return time.time() if self.registry.now is None else self.registry.now

    @property
    def readers(self) -> list[Reader]:
        """All readers."""
        return readers_of(self.registry, self.alive)

    @property
    def minimums(self) -> list[Floor]:
        """What the live members fall back to, each once."""
        texts = {member.minimum for member in self.alive.values()}
        found = {floor for text in texts for floor in floors_in(text)}
        return sorted(found, key=str)

    def decision(self) -> Decision:
        """Give what is written now, by those with the lowest minimum."""
        minimums = self.minimums
        minimum = lowest(minimums) if minimums else _NO_MINIMUM
        if minimums and not minimum.writes:
            minimum = minimums[0]
        return decide(self.registry, self.readers, minimum)


_NO_MINIMUM = Floor((2, 7), frozenset(("werkzeug",)))
"""Taken where no process says its own: as low as there is."""


def look(fleet: str, run: Callable[[Any], Any], observer: Optional[Observer] = None) -> Sight:
    """Read the registry of a fleet.

    Args:
        fleet: The fleet's name.
        run: Runs a command at a store.
        observer: Remembers from one look to the next who has beaten.

    Raises:
        ConfigurationError: If that is no name.
        ServerError: If the server cannot be asked.
    """
    key = registry_key(fleet)

    def talk() -> Any:
        return read_registry((yield ReadHash(key, MOST_FIELDS)))

    registry = talk_through(talk(), run)
    observer = Observer() if observer is None else observer
    return Sight(fleet, registry, observer.look(registry, time.monotonic()))


def floors_in(text: str) -> list[Floor]:
    """Give the floors that a member says; those of a newer release may be none to us."""
    found = []
    for part in text.split(" | "):
        try:
            found.append(parse_floor(part))
        except ConfigurationError:
            continue
    return found
