"""The two loops that run operations, and the sharing of computations between callers.

Rules:
1. The loops know nothing of caching. They pass commands to the store, replies back, and a
   `ServerError` in.
2. A computation is shared by those who ask for the same key meanwhile. Its error is shared too. If
   whoever runs it is cancelled or interrupted, one of the others takes over.
3. Nobody waits inside a computation, but computes for itself: the other might be waiting for us,
   for ever. Tasks that a computation starts are inside it too.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import weakref
from collections.abc import Awaitable
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any, Callable

from shelflife.errors import ServerError
from shelflife.operations import Compute, Operation, Share
from shelflife.stores.interface import Store


class SyncDriver:
    """Runs operations against a store, from any thread."""

    def __init__(self, store: Store) -> None:
        self._run = store.run
        self._flights: dict[bytes, Future[Any]] = {}
        _drivers.add(self)

    def drive(self, operation: Operation) -> Any:
        """Run an operation to its end and give its result."""
        run = self._run
        step = operation.send
        argument: Any = None
        while True:
            try:
                command = step(argument)
            except StopIteration as stop:
                return stop.value
            step = operation.send
            kind = command.__class__
            if kind is Compute:
                argument = command.function()
            elif kind is Share:
                argument = self._share(command)
            else:
                try:
                    argument = run(command)
                except ServerError as error:
                    step, argument = operation.throw, error

    def _share(self, share: Share) -> Any:
        while True:
            mine: Future[Any] = Future()
            flight = self._flights.setdefault(share.key, mine)
            if flight is mine:
                return self._lead(share, mine)
            if _computing.get():
                return self.drive(share.operation())
            outcome = flight.result()
            if outcome is not _ABANDONED:
                return outcome

    def _lead(self, share: Share, flight: Future[Any]) -> Any:
        inside = _computing.set(True)
        try:
            value = self.drive(share.operation())
        except Exception as error:
            self._land(share.key, flight)
            flight.set_exception(error)
            raise
        except BaseException:
            self._land(share.key, flight)
            flight.set_result(_ABANDONED)
            raise
        finally:
            _computing.reset(inside)
        self._land(share.key, flight)
        flight.set_result(value)
        return value

    def _land(self, key: bytes, flight: Future[Any]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    def after_fork(self) -> None:
        """Forget computations of threads that a forked child does not have."""
        self._flights = {}


class AsyncDriver:
    """Runs operations through an awaitable `run`, from any running loop."""

    def __init__(self, run: Callable[[Any], Awaitable[Any]]) -> None:
        self._run = run
        self._flights: dict[tuple[int, bytes], asyncio.Future[Any]] = {}

    async def drive(self, operation: Operation) -> Any:
        """Run an operation to its end and give its result."""
        run = self._run
        step = operation.send
        argument: Any = None
        while True:
            try:
                command = step(argument)
            except StopIteration as stop:
                return stop.value
            step = operation.send
            kind = command.__class__
            if kind is Compute:
                argument = command.function()
                if inspect.isawaitable(argument):
                    argument = await argument
            elif kind is Share:
                argument = await self._share(command)
            else:
                try:
                    argument = await run(command)
                except ServerError as error:
                    step, argument = operation.throw, error

    async def _share(self, share: Share) -> Any:
        loop = asyncio.get_running_loop()
        key = (id(loop), share.key)
        while True:
            flight = self._flights.get(key)
            if flight is None or flight.get_loop() is not loop:
                return await self._lead(share, key, loop.create_future())
            if _computing.get():
                return await self.drive(share.operation())
            outcome = await asyncio.shield(flight)
            if outcome is not _ABANDONED:
                return outcome

    async def _lead(self, share: Share, key: tuple[int, bytes], flight: asyncio.Future[Any]) -> Any:
        self._flights[key] = flight
        outcome: Any = _ABANDONED
        inside = _computing.set(True)
        try:
            outcome = await self.drive(share.operation())
        except Exception as error:
            flight.set_exception(error)
            flight.exception()  # nobody else may be waiting; that is no oversight
            raise
        finally:
            _computing.reset(inside)
            self._flights.pop(key, None)
            if not flight.done():
                flight.set_result(outcome)
        return outcome


def unshared(compute: Callable[[], Any]) -> Callable[[], Any]:
    """Give a computation that may wait for others, though it is run by one that may not.

    For computations that are whole requests: rule 3 then holds within each of them.
    """

    def run() -> Any:
        inside = _computing.set(False)
        try:
            made = compute()
        finally:
            _computing.reset(inside)
        return _awaited(made) if inspect.isawaitable(made) else made

    return run


async def _awaited(made: Awaitable[Any]) -> Any:
    inside = _computing.set(False)
    try:
        return await made
    finally:
        _computing.reset(inside)


def is_computing() -> bool:
    """Whether this is inside of a computation that others may wait for."""
    return _computing.get()


class _Abandoned:
    """The result of a computation whose runner was cancelled."""


_ABANDONED = _Abandoned()
_computing: ContextVar[bool] = ContextVar("computing", default=False)
_drivers: weakref.WeakSet[SyncDriver] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for driver in list(_drivers):
        driver.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
