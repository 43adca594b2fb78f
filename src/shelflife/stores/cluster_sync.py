"""A cluster, blocking, from any thread, process or greenlet: a `RedisStore` for each node.

Rules:
1. No call takes longer than pool wait, connect timeout and read timeout together, over all nodes.
2. Several nodes are all asked before the first answer is waited for; those that must be connected
   to first come after those that need not, so that a dead one costs the others no time.
3. Connections are taken in the order of the nodes, so that no two callers wait for each other.
"""

from __future__ import annotations

from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.breaker import Breaker
from shelflife.stores.cluster_scan import begin
from shelflife.stores.cluster_view import ClusterView
from shelflife.stores.commands import Command
from shelflife.stores.errand import Errand
from shelflife.stores.limits import Limits
from shelflife.stores.node_commands import NodeCommand
from shelflife.stores.patience import Patience
from shelflife.stores.policy import readable
from shelflife.stores.redis_sync import RedisStore
from shelflife.stores.routing import LookAgain, Part
from shelflife.stores.topology import ClusterTopology, inquire
from shelflife.stores.topology_urls import ClusterPlaces


class ClusterStore:
    """A `Store` on all nodes of a cluster.

    Args:
        places: Some of the nodes.
        limits: How long; and how many connections, to each node.
    """

    def __init__(self, places: ClusterPlaces, limits: Limits) -> None:
        self._topology = ClusterTopology(places, limits)
        self._limits = limits
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_pause)
        self._view = ClusterView()
        self._nodes: dict[Address, RedisStore] = {}

    def __repr__(self) -> str:
        return f"ClusterStore({self.address})"

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self._topology.shown

    def run(self, command: Command) -> Any:
        """Carry out a command; see `Store.run`."""
        patience = Patience(self._limits)
        routing = begin(command, self._view)
        try:
            step = next(routing)
            while True:
                if isinstance(step, LookAgain):
                    step = routing.send(self._look(patience))
                else:
                    step = routing.send(self._ask(step, patience))
        except StopIteration as stop:
            return stop.value

    def close(self) -> None:
        """Give back every connection; those in use are closed as their calls end."""
        for node in list(self._nodes.values()):
            node.close()

    def _look(self, patience: Patience) -> Optional[ServerError]:
        """Ask for the map; give the error if that did not work."""
        seconds = min(patience.left(), self._limits.connect_timeout)
        try:
            self._breaker.admit()
            self._view.looked(inquire(self._topology.inquiry(), self._limits, seconds))
        except ServerError as error:
            self._breaker.failed(error)
            return error
        self._breaker.succeeded()
        self._close_outdated()
        return None

    def _close_outdated(self) -> None:
        assert self._view.slots is not None, "it was looked for just now"
        current = self._view.slots.primaries()
        for address in [address for address in list(self._nodes) if address not in current]:
            node = self._nodes.pop(address, None)
            if node is not None:
                node.close()

    def _ask(self, parts: list[Part], patience: Patience) -> list[Any]:
        """Give the replies and errors of all parts."""
        if len(parts) == 1:
            return [self._ask_one(parts[0], patience.for_next_step())]
        outcomes: dict[int, Any] = {}
        for group in self._groups(parts):
            errands = [(i, self._node(parts[i].node), parts[i].command) for i in group]
            outcomes.update(_run_together(errands, patience))
        return [outcomes[index] for index in range(len(parts))]

    def _ask_one(self, part: Part, limits: Limits) -> Any:
        try:
            return self._node(part.node).run_within(part.command, limits)
        except ServerError as error:
            return error

    def _groups(self, parts: list[Part]) -> list[list[int]]:
        """Give the parts to ask at the same time: those of nodes we are connected to come first.

        A node that is in two parts, once with ASKING, is in two groups.
        """
        order = sorted(range(len(parts)), key=lambda i: (parts[i].node.host, parts[i].node.port))
        groups: list[list[int]] = [[], [], []]
        seen: set[Address] = set()
        for index in order:
            node = parts[index].node
            which = 2 if node in seen else (0 if self._node(node).is_connected() else 1)
            groups[which].append(index)
            seen.add(node)
        return groups

    def _node(self, address: Address) -> RedisStore:
        node = self._nodes.get(address)
        if node is None:
            node = self._nodes.setdefault(address, RedisStore(address, self._limits))
        return node


def _run_together(
    errands: list[tuple[int, RedisStore, NodeCommand]], patience: Patience
) -> dict[int, Any]:
    """Give the outcomes; all are sent before the first is waited for."""
    under_way: list[tuple[int, RedisStore, Errand]] = []
    for index, node, command in errands:
        errand = Errand(command, patience.for_next_step())
        node.take(errand)
        under_way.append((index, node, errand))
    for _, node, errand in under_way:
        node.send(errand)
    _receive([(node, errand) for _, node, errand in under_way if not errand.is_over])
    return {index: errand.outcome for index, _, errand in under_way}


def _receive(waiting: list[tuple[RedisStore, Errand]]) -> None:
    """Receive each answer when it comes: a silent node must not use up the others' time."""
    while waiting:
        ready = readable(
            [errand.fileno() for _, errand in waiting], max(errand.left() for _, errand in waiting)
        )
        late = []
        for node, errand in waiting:
            if ready and errand.fileno() not in ready:
                late.append((node, errand))
            else:
                node.receive(errand)
        waiting = late
