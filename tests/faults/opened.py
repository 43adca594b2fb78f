"""Every kind of store behind one blocking face, so that one test of a fault serves them all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Union

from shelflife.errors import ServerError
from shelflife.stores import AsyncStore, Store, open_async_store, open_store
from shelflife.stores.commands import Command

KINDS = ("sync", "async")


class Blocking:
    """A store for threads."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def run(self, command: Command) -> Any:
        """Give the reply."""
        return self.store.run(command)

    def run_all(self, commands: Iterable[Command], workers: int = 20) -> list[Any]:
        """Give the replies, or errors, of commands run by so many threads."""
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(self._outcome, commands))

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _outcome(self, command: Command) -> Any:
        try:
            return self.store.run(command)
        except ServerError as error:
            return error


class InLoop:
    """A store for asyncio, and a loop of its own."""

    def __init__(self, store: AsyncStore) -> None:
        self.store = store
        self._loop = asyncio.new_event_loop()

    def run(self, command: Command) -> Any:
        """Give the reply."""
        return self._loop.run_until_complete(self.store.run(command))

    def run_all(self, commands: Iterable[Command], workers: int = 20) -> list[Any]:
        """Give the replies, or errors, of commands run by so many tasks."""
        return self._loop.run_until_complete(self._gather(commands, workers))

    def close(self) -> None:
        """Close the store and the loop."""
        self._loop.run_until_complete(self.store.close())
        self._loop.close()

    async def _gather(self, commands: Iterable[Command], workers: int) -> list[Any]:
        places = asyncio.Semaphore(workers)

        async def outcome(command: Command) -> Any:
            async with places:
                try:
                    return await self.store.run(command)
                except ServerError as error:
                    return error

        return await asyncio.gather(*map(outcome, commands))


def opened(kind: str, url: str, **options: Any) -> Union[Blocking, InLoop]:
    """Open a store of this kind; close it."""
    if kind == "sync":
        return Blocking(open_store(url, **options))
    return InLoop(open_async_store(url, **options))
