"""Servers of which one is written to, and the others, its replicas, are read from.

Rules:
1. Entries are read from a replica, whichever. If that one fails, the first server is asked.
2. Everything else goes to the first server: what is counted, compared, scanned or locked must be
   what is there now, and so must a read that says it wants to know (`Get.fresh`).
3. A replica may be behind: for a moment, what was deleted may still be read.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from shelflife.errors import ServerError
from shelflife.stores.commands import Command, Get, GetMany
from shelflife.stores.interface import AsyncStore, Store


class ReplicatedStore:
    """A `Store` on several servers.

    Args:
        first: The one that is written to.
        replicas: Those that are read from.
    """

    def __init__(self, first: Store, replicas: Sequence[Store]) -> None:
        self._first = first
        self._replicas = replicas

    def __repr__(self) -> str:
        return f"ReplicatedStore({self.address})"

    @property
    def address(self) -> str:
        """Where the first server is, without its password."""
        return self._first.address

    def run(self, command: Command) -> Any:
        """Carry out a command; see `Store.run`."""
        if _may_be_behind(command):
            try:
                return random.choice(self._replicas).run(command)  # noqa: S311 - it keeps no secret
            except ServerError:
                pass
        return self._first.run(command)

    def close(self) -> None:
        """Give back every connection."""
        for store in (self._first, *self._replicas):
            store.close()


class AsyncReplicatedStore:
    """An `AsyncStore` on several servers.

    Args:
        first: The one that is written to.
        replicas: Those that are read from.
    """

    def __init__(self, first: AsyncStore, replicas: Sequence[AsyncStore]) -> None:
        self._first = first
        self._replicas = replicas

    def __repr__(self) -> str:
        return f"AsyncReplicatedStore({self.address})"

    @property
    def address(self) -> str:
        """Where the first server is, without its password."""
        return self._first.address

    async def run(self, command: Command) -> Any:
        """Carry out a command; see `AsyncStore.run`."""
        if _may_be_behind(command):
            try:
                return await random.choice(self._replicas).run(command)  # noqa: S311 - as above
            except ServerError:
                pass
        return await self._first.run(command)

    async def close(self) -> None:
        """Give back every connection of the running loop."""
        for store in (self._first, *self._replicas):
            await store.close()


def _may_be_behind(command: Command) -> bool:
    return isinstance(command, GetMany) or (isinstance(command, Get) and not command.fresh)
