"""Changing entries wherever they are: on one server, a service's primary, or a cluster's nodes.

Rules:
1. Who has a key is asked when the connection is made, and again after `reconnect`: after a failover
   it is another server.
2. A key whose slot has moved, or is moving, is followed to its new node.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Optional, TypeVar

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.changes import Answer, Change
from shelflife.stores.compare_and_set import Swapper
from shelflife.stores.pipelined import PipelinedConnection
from shelflife.stores.redirected import Redirected
from shelflife.stores.replies import ErrorReply
from shelflife.stores.slots import SlotMap, slot_of
from shelflife.stores.topology import open_topology

_ROUNDS = 6
_PAUSE = 0.1  # seconds, growing, while a slot is on its way
_FOLLOWED = frozenset({"moved", "ask", "try-again"})
_T = TypeVar("_T", Change, bytes)


class Changer:
    """Carries out changes on all servers of a URL. Not to be shared by threads.

    Args:
        url: As for `open_store`, but for `memory://`.
        timeout: Seconds for one request.
        on_step: Told "sent" and "read" around what changes entries.

    Raises:
        ConfigurationError: If the URL cannot work.
    """

    def __init__(
        self, url: str, timeout: float = 10.0, on_step: Callable[[str], None] = lambda _: None
    ) -> None:
        self._topology, self._limits = open_topology(
            url, {"read_timeout": timeout, "connect_timeout": min(timeout, 5.0)}
        )
        self._timeout = timeout
        self._on_step = on_step
        self._slots: Optional[SlotMap] = None
        self._swappers: dict[Address, Swapper] = {}
        self._connections: dict[Address, PipelinedConnection] = {}

    def apply(self, changes: Sequence[Change]) -> list[Answer]:
        """Carry out changes to different keys and say what became of each.

        Raises:
            ServerError: If a server failed: what became of them is not known then.
        """
        return self._everywhere(
            changes, lambda change: change.key, lambda node, some: node.apply(some)
        )

    def look(self, keys: Sequence[bytes]) -> list[Any]:
        """Give what lies under keys: bytes, None for nothing, WRONG_TYPE, or a `ServerError`.

        Raises:
            ServerError: If a server failed.
        """
        return self._everywhere(keys, lambda key: key, lambda node, some: node.look(some))

    @property
    def database(self) -> int:
        """The number of the database."""
        return self._map().primaries()[0].db

    def clock_offset(self) -> float:
        """Give how many seconds a server's clock is ahead of ours; 0 if it denies TIME."""
        address = self._map().primaries()[0]
        connection = self._open(address)
        before = time.time()
        connection.send([(b"TIME",)], self._timeout)
        reply = connection.receive(1, self._timeout)[0]
        if isinstance(reply, ErrorReply):
            return 0.0
        seconds, micros = reply
        return int(seconds) + int(micros) / 1e6 - (before + time.time()) / 2

    def reconnect(self) -> None:
        """Close all connections and forget who has what."""
        for connection in self._connections.values():
            connection.close()
        self._connections = {}
        self._swappers = {}
        self._slots = None

    def close(self) -> None:
        """Close all connections."""
        self.reconnect()

    def __enter__(self) -> Changer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _everywhere(
        self,
        items: Sequence[_T],
        key_of: Callable[[_T], bytes],
        ask: Callable[[Swapper, Sequence[_T]], list[Any]],
    ) -> list[Any]:
        """Ask each key's node, and follow the keys that have moved."""
        if not self._topology.is_cluster:
            return ask(self._swapper(self._map().primaries()[0]), items)
        answers: list[Any] = [None] * len(items)
        waiting = list(range(len(items)))
        for attempt in range(_ROUNDS):
            for address, places in self._by_node(waiting, items, key_of).items():
                some = ask(self._swapper(address), [items[n] for n in places])
                for place, answer in zip(places, some):
                    answers[place] = self._follow(answer, address, items[place], ask)
            waiting = [n for n in waiting if _is_to_follow(answers[n])]
            if not waiting:
                break
            self._slots = None
            time.sleep(_PAUSE * attempt)
        return answers

    def _by_node(
        self, places: Sequence[int], items: Sequence[_T], key_of: Callable[[_T], bytes]
    ) -> dict[Address, list[int]]:
        slots = self._map()
        nodes: dict[Address, list[int]] = {}
        for place in places:
            slot = slot_of(key_of(items[place]))
            address = slots.at(slot)
            if address is None:
                raise ServerError("loading", f"slot {slot} of the cluster is nobody's")
            nodes.setdefault(address, []).append(place)
        return nodes

    def _follow(
        self,
        answer: Any,
        asked: Address,
        item: _T,
        ask: Callable[[Swapper, Sequence[_T]], list[Any]],
    ) -> Any:
        """Ask the node that a slot is on its way to; give any other answer as it is."""
        if not isinstance(answer, Redirected) or answer.kind != "ask":
            return answer
        there = replace(asked, host=answer.host or asked.host, port=answer.port)
        swapper = self._swapper(there)
        with swapper.asking():
            return ask(swapper, [item])[0]

    def _map(self) -> SlotMap:
        if self._slots is None:
            self._slots = self._topology.slots()
        return self._slots

    def _swapper(self, address: Address) -> Swapper:
        if address not in self._swappers:
            self._swappers[address] = Swapper(
                self._open(address),
                self._timeout,
                alone=self._topology.is_cluster,
                on_step=self._on_step,
            )
        return self._swappers[address]

    def _open(self, address: Address) -> PipelinedConnection:
        connection = self._connections.get(address)
        if connection is None:
            connection = PipelinedConnection()
            connection.open(address, self._limits)
            self._connections[address] = connection
        return connection


def _is_to_follow(answer: Any) -> bool:
    return isinstance(answer, ServerError) and answer.kind in _FOLLOWED
