"""The two loops that run the talks of a fleet: blocking, and for asyncio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from shelflife.errors import ServerError

Talk = Generator[Any, Any, Any]
"""Yields commands for the store, is sent the replies; a failing server is thrown in."""


def talk_through(talk: Talk, run: Callable[[Any], Any]) -> Any:
    """Run a talk to its end and give its result."""
    step: Callable[[Any], Any] = talk.send
    argument: Any = None
    while True:
        try:
            command = step(argument)
        except StopIteration as stop:
            return stop.value
        step = talk.send
        try:
            argument = run(command)
        except ServerError as error:
            step, argument = talk.throw, error


async def talk_through_async(talk: Talk, run: Callable[[Any], Awaitable[Any]]) -> Any:
    """Run a talk to its end and give its result."""
    step: Callable[[Any], Any] = talk.send
    argument: Any = None
    while True:
        try:
            command = step(argument)
        except StopIteration as stop:
            return stop.value
        step = talk.send
        try:
            argument = await run(command)
        except ServerError as error:
            step, argument = talk.throw, error
