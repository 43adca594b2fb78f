"""Asking where servers are from an event loop; who is asked, and what for, is `discovery`'s."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.connection_async import Connection
from shelflife.stores.discovery import Inquiry, Question
from shelflife.stores.limits import Limits


async def inquire(inquiry: Inquiry, limits: Limits, seconds: float) -> Any:
    """Run an inquiry over connections that are closed again, within so many seconds.

    Raises:
        ServerError: If nobody could say.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    step, argument = inquiry.send, None
    while True:
        try:
            question: Question = step(argument)
        except StopIteration as stop:
            return stop.value
        share = (deadline - loop.time()) / question.left
        try:
            step, argument = inquiry.send, await _ask_once(question, limits, share)
        except ServerError as error:
            step, argument = inquiry.throw, error


async def _ask_once(question: Question, limits: Limits, seconds: float) -> Any:
    if seconds <= 0:
        raise policy.no_connection(limits.connect_timeout)
    connection = Connection()
    try:
        await connection.open(question.address, replace(limits, connect_timeout=seconds))
        return await connection.ask(question.words)
    finally:
        connection.close()
