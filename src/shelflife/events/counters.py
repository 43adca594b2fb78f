"""A snapshot of what a cache has counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any


def _none() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Counters:
    """Whole numbers since the cache was made, in this process. Safe to read at any time.

    Attributes:
        hits: Reads that gave a value, each key of a batch for itself.
        misses: Reads that gave none, by `Reason`.
        stored: Entries written.
        not_stored: Writes that stored nothing, by reason.
        lost_invalidations: Removals that the server did not confirm: old values may live on.
        server_errors: Failures and refusals of the server, by kind.
        py2_mixtures: Python 2 entries with 8-bit strings of several encodings.
        unreadable: Unreadable entries by (key class, reason, writer); writer "" = not named.
        ping_pong: Rewrites of keys that another writer rewrites too, by (key class, other writer).
        fleet: What was told of the fleet, by reason.
        sampled: Entries that were read and looked at, a few now and then, by the release that wrote
            them; "" = not named. Only in a fleet.
    """

    hits: int = 0
    misses: Mapping[str, int] = field(default_factory=_none)
    stored: int = 0
    not_stored: Mapping[str, int] = field(default_factory=_none)
    lost_invalidations: int = 0
    server_errors: Mapping[str, int] = field(default_factory=_none)
    py2_mixtures: int = 0
    unreadable: Mapping[tuple[str, str, str], int] = field(
        default_factory=lambda: MappingProxyType({})
    )
    ping_pong: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    fleet: Mapping[str, int] = field(default_factory=_none)
    sampled: Mapping[str, int] = field(default_factory=_none)

    def __add__(self, other: Counters) -> Counters:
        """Give what two caches have counted together."""
        return Counters(
            *(_sum(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        )

    @property
    def reads(self) -> int:
        """Hits and misses together."""
        return self.hits + sum(self.misses.values())


def _sum(ours: Any, theirs: Any) -> Any:
    """Add two numbers, or the numbers of two mappings."""
    if isinstance(ours, int):
        return ours + theirs
    names = dict.fromkeys([*ours, *theirs])
    return MappingProxyType({name: ours.get(name, 0) + theirs.get(name, 0) for name in names})
