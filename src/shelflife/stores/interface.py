"""What a store is. `Cache` and the tools know these two protocols and no driver."""

from __future__ import annotations

from typing import Any, Protocol

from shelflife.stores.commands import Command


class Store(Protocol):
    """Runs commands against one cache, from any thread."""

    @property
    def address(self) -> str:
        """Where this is, for messages: the URL without its password."""

    def run(self, command: Command) -> Any:
        """Give the reply that the command's docstring names.

        Raises:
            ServerError: If the server could not be asked or refused. Nothing else of its own.
        """

    def close(self) -> None:
        """Give back every connection. The store may be used again; it then reconnects."""


class AsyncStore(Protocol):
    """The same for asyncio, from any running loop."""

    @property
    def address(self) -> str:
        """Where this is, for messages: the URL without its password."""

    async def run(self, command: Command) -> Any:
        """As `Store.run`."""

    async def close(self) -> None:
        """Give back every connection of the running loop."""
