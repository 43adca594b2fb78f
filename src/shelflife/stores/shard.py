"""One of the servers that a URL stands for: the only one, a service's primary, or some slots'.

Where it is is asked anew for each connection: after a failover another server has its keys.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Optional

from shelflife.errors import ConfigurationError, ServerError
from shelflife.stores.address import Address, show_host
from shelflife.stores.limits import Limits
from shelflife.stores.slots import SlotMap
from shelflife.stores.topology import SingleServer, Topology, open_topology


class Shard:
    """Where some keys are.

    Args:
        topology: Whom to ask.
        limits: Of its connections.
        slots: Which slots of a cluster; None for all there is.
        at: Where they are right now.
        stays: Whether only that server will do: it has keys of slots that are not its own yet.

    Attributes:
        shown: The URL without its password.
        limits: See above.
        is_cluster: Whether it is a part of a cluster.
        fails_over: Whether another server may take its place.
        slots: Which slots it holds.
    """

    def __init__(
        self,
        topology: Topology,
        limits: Limits,
        slots: Optional[frozenset[int]] = None,
        at: Optional[Address] = None,
        *,
        stays: bool = False,
    ) -> None:
        self._topology = topology
        self._at = at
        self._stays = stays
        self.limits = limits
        self.slots = slots
        self.shown = topology.shown
        self.is_cluster = topology.is_cluster
        self.fails_over = not isinstance(topology, SingleServer)

    @property
    def name(self) -> str:
        """What a cursor of it is good for: a server by its address, and these slots of it."""
        if self.slots is None or self._at is None:
            return self.shown
        slots = sha256(repr(sorted(self.slots)).encode()).hexdigest()
        return f"{show_host(self._at.host, self._at.port)}/{slots[:12]}"

    @property
    def address(self) -> Optional[Address]:
        """Where it was when `find` was last called; None if it was not."""
        return self._at

    def find(self) -> Address:
        """Give the server that has its keys now; of several, the one that has most of them.

        Raises:
            ServerError: If nobody could say.
        """
        if self._stays and self._at is not None:
            return self._at
        if self.slots is None:
            self._at = self._topology.primaries()[0]
            return self._at
        slots = self._topology.slots()
        shares = {one: len(slots.of(one) & self.slots) for one in slots.primaries()}
        address = max(shares, key=lambda one: shares[one], default=None)
        if address is None or not shares[address]:
            raise ServerError("loading", "some of the cluster's slots are nobody's")
        self._at, self.slots = address, slots.of(address)
        return address

    def now(self) -> SlotMap:
        """Give who holds which slot of the cluster.

        Raises:
            ServerError: If nobody could say.
        """
        return self._topology.slots()

    def staying(self, address: Address, slots: frozenset[int]) -> Shard:
        """Give one of the same cluster, which is this server and no other."""
        return Shard(self._topology, self.limits, slots, address, stays=True)


def open_shards(url: str, timeout: float) -> list[Shard]:
    """Give all that a URL stands for; a cluster is asked.

    Args:
        url: As for `open_store`, but for `memory://`.
        timeout: Seconds for one request.

    Raises:
        ConfigurationError: If the URL cannot work.
        ServerError: If a cluster does not say what nodes it has.
    """
    topology, limits = _open(url, timeout)
    if not topology.is_cluster:
        return [Shard(topology, limits)]
    topology.primaries()  # raises where slots are nobody's
    slots = topology.slots()
    return [Shard(topology, limits, slots.of(one), one) for one in slots.primaries()]


def open_shard(url: str, timeout: float) -> Shard:
    """Give what a URL stands for, if that is one server; nobody is asked.

    Raises:
        ConfigurationError: If the URL cannot work, or is a cluster's.
    """
    topology, limits = _open(url, timeout)
    if topology.is_cluster:
        raise ConfigurationError("a cluster has several servers: open them all")
    return Shard(topology, limits)


def _open(url: str, timeout: float) -> tuple[Topology, Limits]:
    return open_topology(url, {"read_timeout": timeout, "connect_timeout": min(timeout, 5.0)})
