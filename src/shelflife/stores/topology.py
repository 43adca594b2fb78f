"""Which servers there are: one, the primary of a service kept by sentinels, or a cluster's.

Rules:
1. Whoever asks gets a fresh answer; keeping one for a moment is up to the caller.
2. Asking takes the connect timeout at most, however many must be asked.
3. The sentinel that answered is asked first the next time: one that is dead costs its share once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Optional, Protocol

from shelflife.errors import ConfigurationError, ServerError
from shelflife.stores import discovery, policy
from shelflife.stores.address import Address, is_memory
from shelflife.stores.connection_sync import Connection
from shelflife.stores.limits import Limits, Number
from shelflife.stores.slots import SLOTS, SlotMap, SlotRange
from shelflife.stores.topology_urls import ClusterPlaces, Places, SentinelPlaces, parse_places


class Topology(Protocol):
    """Which servers a URL stands for."""

    @property
    def shown(self) -> str:
        """The URL without its password."""

    @property
    def is_cluster(self) -> bool:
        """Whether each key has its node."""

    def primaries(self) -> list[Address]:
        """Give the servers that take writes, asked for afresh.

        Raises:
            ServerError: If nobody could say.
        """

    def slots(self) -> SlotMap:
        """Give who holds which slot, asked for afresh; one server holds all.

        Raises:
            ServerError: If nobody could say.
        """


def open_topology(url: str, options: dict[str, Optional[Number]]) -> tuple[Topology, Limits]:
    """Give what a URL stands for, and the limits. Asks nobody yet.

    Raises:
        ConfigurationError: If the URL or an option cannot work, or it is `memory://`.
    """
    if is_memory(url):
        raise ConfigurationError("memory:// lives in one process: no server keeps its entries")
    places, limits = parse_places(url, options)
    return topology_of(places, limits), limits


def topology_of(places: Places, limits: Limits) -> Topology:
    """Give the topology of what a URL says."""
    if isinstance(places, SentinelPlaces):
        return SentinelTopology(places, limits)
    if isinstance(places, ClusterPlaces):
        return ClusterTopology(places, limits)
    return SingleServer(places)


class SingleServer:
    """One server, always the same."""

    is_cluster = False

    def __init__(self, address: Address) -> None:
        self._address = address
        self.shown = address.shown

    def primaries(self) -> list[Address]:
        """Give the one address; nobody is asked."""
        return [self._address]

    def slots(self) -> SlotMap:
        """Give all slots to it."""
        return whole(self._address)


class SentinelTopology:
    """A service whose primary the sentinels know.

    Args:
        places: Whom to ask for what.
        limits: Of these, the connect timeout.
    """

    is_cluster = False

    def __init__(self, places: SentinelPlaces, limits: Limits) -> None:
        self._places = places
        self._limits = limits
        self._sentinels = list(places.sentinels)
        self.shown = places.shown

    def inquiry(self) -> discovery.Inquiry:
        """Give what finds out the primary's address, for `inquire`."""
        found = yield from discovery.ask_sentinels(self._places, self._sentinels)
        self._sentinels = put_first(found.sentinel, self._sentinels)
        return found.primary

    def primaries(self) -> list[Address]:
        """Ask for the primary; see `Topology.primaries`."""
        return [self._primary()]

    def slots(self) -> SlotMap:
        """Give all slots to the primary."""
        return whole(self._primary())

    def _primary(self) -> Address:
        address: Address = inquire(self.inquiry(), self._limits, self._limits.connect_timeout)
        return address


class ClusterTopology:
    """A cluster, whose nodes know each other.

    Args:
        places: Whom to ask first.
        limits: Of these, the connect timeout.
    """

    is_cluster = True

    def __init__(self, places: ClusterPlaces, limits: Limits) -> None:
        self._seeds = places.seeds
        self._limits = limits
        self._nodes = list(places.seeds)
        self.shown = places.shown

    def inquiry(self) -> discovery.Inquiry:
        """Give what finds out who holds which slot, for `inquire`."""
        found = yield from discovery.ask_nodes(self._nodes)
        self._nodes = whom_next(found, self._seeds)
        return found.slots

    def slots(self) -> SlotMap:
        """Ask who holds which slot; see `Topology.slots`."""
        found: SlotMap = inquire(self.inquiry(), self._limits, self._limits.connect_timeout)
        return found

    def primaries(self) -> list[Address]:
        """Ask for every node that holds slots.

        Raises:
            ServerError: If nobody could say, or some slots are nobody's.
        """
        slots = self.slots()
        missing = slots.uncovered()
        if missing:
            raise ServerError("loading", f"{missing} of the cluster's {SLOTS} slots are nobody's")
        return slots.primaries()


def whole(address: Address) -> SlotMap:
    """Give the map of a single server."""
    return SlotMap([SlotRange(0, SLOTS - 1, address)])


def put_first(one: Address, rest: Sequence[Address]) -> list[Address]:
    """Give the addresses in the order to ask them."""
    return [one, *(other for other in rest if other != one)]


def whom_next(found: discovery.Mapped, seeds: Sequence[Address]) -> list[Address]:
    """Give whom to ask the next time: who has answered last of all primaries, then the rest.

    A node that is cut off goes on giving its old map, so that it must not always be asked first.
    """
    others = [one for one in found.slots.primaries() if one != found.node]
    followers = [one for line in found.slots.ranges for one in line.replicas]
    return list(dict.fromkeys([*others, found.node, *seeds, *followers]))


def inquire(inquiry: discovery.Inquiry, limits: Limits, seconds: float) -> Any:
    """Run an inquiry over connections that are closed again, within so many seconds.

    Raises:
        ServerError: If nobody could say.
    """
    deadline = time.monotonic() + seconds
    step, argument = inquiry.send, None
    while True:
        try:
            question: discovery.Question = step(argument)
        except StopIteration as stop:
            return stop.value
        share = (deadline - time.monotonic()) / question.left
        try:
            step, argument = inquiry.send, _ask_once(question, limits, share)
        except ServerError as error:
            step, argument = inquiry.throw, error


def _ask_once(question: discovery.Question, limits: Limits, seconds: float) -> Any:
    if seconds <= 0:
        raise policy.no_connection(limits.connect_timeout)
    connection = Connection()
    try:
        connection.open(question.address, replace(limits, connect_timeout=seconds))
        return connection.ask(question.words)
    finally:
        connection.close()
