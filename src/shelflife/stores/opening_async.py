"""The same as `opening_sync`, for the connections of event loops."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Optional, Protocol

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.connection_async import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.topology import SentinelTopology
from shelflife.stores.topology_async import inquire
from shelflife.stores.whereabouts import ROLE, Whereabouts, time_to_ask


class AsyncOpener(Protocol):
    """Connects connections."""

    @property
    def place(self) -> Optional[Address]:
        """Where they lead: those that lead elsewhere are outdated."""

    async def open(self, connection: Connection, limits: Limits) -> Address:
        """Connect and log in, all within the connect timeout; give where to.

        Raises:
            ServerError: If that did not work.
        """

    def failed(self, error: ServerError) -> None:
        """Take note of how a call failed."""


class AsyncDirectOpener:
    """Connects to one server.

    Args:
        place: Where it is.
    """

    def __init__(self, place: Address) -> None:
        self.place = place

    async def open(self, connection: Connection, limits: Limits) -> Address:
        """Connect; see `AsyncOpener.open`."""
        await connection.open(self.place, limits)
        return self.place

    def failed(self, error: ServerError) -> None:
        """Do nothing: there is no other server."""


class AsyncSentinelOpener:
    """Connects to whatever server the sentinels call the primary.

    Args:
        topology: Asks them.
    """

    def __init__(self, topology: SentinelTopology) -> None:
        self._topology = topology
        self._whereabouts = Whereabouts()

    @property
    def place(self) -> Optional[Address]:
        """Where the primary is, by what was last heard."""
        return self._whereabouts.place

    async def open(self, connection: Connection, limits: Limits) -> Address:
        """Ask where and connect there; see `AsyncOpener.open`."""
        deadline = time.monotonic() + limits.connect_timeout
        address = self._whereabouts.known() or await self._ask(limits)
        left = max(deadline - time.monotonic(), 0.001)
        await connection.open(address, replace(limits, connect_timeout=left))
        self._whereabouts.check_role(await connection.ask(ROLE))
        return address

    def failed(self, error: ServerError) -> None:
        """Ask again at the next occasion."""
        self._whereabouts.failed(error)

    async def _ask(self, limits: Limits) -> Address:
        try:
            inquiry = self._topology.inquiry()
            address: Address = await inquire(inquiry, limits, time_to_ask(limits))
        except ServerError as error:
            return self._whereabouts.fall_back(error)
        return self._whereabouts.heard(address)
