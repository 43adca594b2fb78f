"""A cluster for asyncio, from any running loop: an `AsyncRedisStore` for each node.

Rules:
1. No call takes longer than pool wait, connect timeout and read timeout together, over all nodes.
2. Several nodes are asked at the same time, each by a task that ends with the call.
"""

from __future__ import annotations

import asyncio
from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.breaker import Breaker
from shelflife.stores.cluster_scan import begin
from shelflife.stores.cluster_view import ClusterView
from shelflife.stores.commands import Command
from shelflife.stores.limits import Limits
from shelflife.stores.patience import Patience
from shelflife.stores.redis_async import AsyncRedisStore
from shelflife.stores.routing import LookAgain, Part
from shelflife.stores.topology import ClusterTopology
from shelflife.stores.topology_async import inquire
from shelflife.stores.topology_urls import ClusterPlaces


class AsyncClusterStore:
    """An `AsyncStore` on all nodes of a cluster.

    Args:
        places: Some of the nodes.
        limits: How long; and how many connections, to each node and from each loop.
    """

    def __init__(self, places: ClusterPlaces, limits: Limits) -> None:
        self._topology = ClusterTopology(places, limits)
        self._limits = limits
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_pause)
        self._view = ClusterView()
        self._nodes: dict[Address, AsyncRedisStore] = {}

    def __repr__(self) -> str:
        return f"AsyncClusterStore({self.address})"

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self._topology.shown

    async def run(self, command: Command) -> Any:
        """Carry out a command; see `AsyncStore.run`."""
        patience = Patience(self._limits)
        routing = begin(command, self._view)
        try:
            step = next(routing)
            while True:
                if isinstance(step, LookAgain):
                    step = routing.send(await self._look(patience))
                else:
                    step = routing.send(await self._ask(step, patience.for_next_step()))
        except StopIteration as stop:
            return stop.value

    async def close(self) -> None:
        """Give back every connection of the running loop; those in use as their calls end."""
        for node in list(self._nodes.values()):
            await node.close()

    async def _look(self, patience: Patience) -> Optional[ServerError]:
        """Ask for the map; give the error if that did not work."""
        seconds = min(patience.left(), self._limits.connect_timeout)
        try:
            self._breaker.admit()
            self._view.looked(await inquire(self._topology.inquiry(), self._limits, seconds))
        except ServerError as error:
            self._breaker.failed(error)
            return error
        self._breaker.succeeded()
        return None

    async def _ask(self, parts: list[Part], limits: Limits) -> list[Any]:
        """Give the replies and errors of all parts."""
        if len(parts) == 1:
            return [await self._ask_one(parts[0], limits)]
        return list(await asyncio.gather(*(self._ask_one(part, limits) for part in parts)))

    async def _ask_one(self, part: Part, limits: Limits) -> Any:
        try:
            return await self._node(part.node).run_within(part.command, limits)
        except ServerError as error:
            return error

    def _node(self, address: Address) -> AsyncRedisStore:
        node = self._nodes.get(address)
        if node is None:
            node = self._nodes.setdefault(address, AsyncRedisStore(address, self._limits))
        return node
