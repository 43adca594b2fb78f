"""One response on its way out: passed on, and kept if it may be.

Rules:
1. A streamed body is passed on piece by piece; nobody waits for the end of it. A body whose length
   is declared is no stream, though it may come in pieces.
2. What is sent whole is stored first: whoever has it, finds it.
3. A request that asked whether something is new is answered 304, whatever becomes of the response.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from starlette.types import Message, Scope, Send

from shelflife.http import (
    Computation,
    Headers,
    Missing,
    Policy,
    RequestFacts,
    ResponseFacts,
    StoredResponse,
    answer,
    may_store,
    not_modified,
    to_store,
    variant_of,
    with_vary,
)
from shelflife.starlette import messages
from shelflife.starlette.flights import FORGOTTEN, Flight, Outcome, Shared
from shelflife.starlette.responses import Responses

_PATIENCE = 1.0
"""Seconds that others wait, in all, for the client to whom a body is passed on in pieces."""


@dataclass
class Plan:
    """Where a response is kept, and for whom.

    Attributes:
        policy: What the user wants.
        key: The request's.
        missing: Where nothing was found.
        computation: Is told if the page is forgotten meanwhile.
        flight: Those who wait for it, if there may be any.
    """

    policy: Policy
    key: str
    missing: Missing
    computation: Computation
    flight: Optional[Flight] = None

    def end(self, outcome: Outcome) -> None:
        """Tell those who still wait that there is nothing to wait for any more."""
        self.computation.end()
        self.land(outcome)

    def land(self, outcome: Outcome) -> None:
        """Tell those who wait."""
        if self.flight is not None:
            self.flight.land(outcome)

    def share(self, response: StoredResponse, headers: Mapping[str, str]) -> None:
        """Give it to those who wait; `headers` are those of the request that it is for."""
        self.land(Shared(response, variant_of(response, headers)))


class Recording:
    """Stands between the application and `send`."""

    def __init__(
        self, plan: Plan, responses: Responses, facts: RequestFacts, scope: Scope, send: Send
    ) -> None:
        self.plan = plan
        self._responses = responses
        self._facts = facts
        self._scope = scope
        self._send = send
        self._start: Optional[Message] = None
        self._pieces: Optional[list[bytes]] = None
        self._size = 0
        self._is_open = False
        self._is_silent = False
        self._patience = _PATIENCE

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        kind = message["type"]
        if kind == "http.response.start" and not self._is_open:
            self._start = message
        elif kind == "http.response.body" and self._start is not None:
            await self._take(message, self._start)
        elif kind.startswith("http.response.") and kind != "http.response.debug":
            await self._give_up()  # a body that is not to be seen here, or trailers
            await self._send(message)
        else:
            await self._send(message)

    async def _take(self, message: Message, start: Message) -> None:
        piece, more = message.get("body", b""), message.get("more_body", False)
        headers = messages.headers_of(start)
        declared = messages.declared_length(headers)
        self._size += len(piece)
        is_whole = not more or self._size == declared
        if not self._is_open:
            is_stream = not is_whole and declared is None
            may_keep = self._may_keep(start, headers, declared or 0, is_stream=is_stream)
            self._pieces = [] if may_keep else None
        if self._pieces is not None:
            self._pieces.append(piece)
            headers = await self._kept(start, headers, declared, is_whole=is_whole)
        if self._pieces is None:
            self.plan.land(None)
        await self._open(start, headers)
        if not self._is_silent:
            await self._pass_on(messages.body(piece, more=more))

    async def _pass_on(self, message: Message) -> None:
        """Those who wait, wait for the application, not for a client that is slow to take it."""
        flight = self.plan.flight
        if flight is None or flight.is_over:
            await self._send(message)
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        timer = loop.call_later(self._patience, flight.land, None)
        try:
            await self._send(message)
        finally:
            timer.cancel()
            self._patience -= loop.time() - began

    def _may_keep(
        self, start: Message, headers: Headers, declared: int, *, is_stream: bool
    ) -> bool:
        if start.get("trailers") or declared > self._responses.max_bytes:
            return False
        facts = messages.as_by_now(self._facts, self._scope)
        response = ResponseFacts(start["status"], headers, is_stream)
        return may_store(facts, response, self.plan.policy) is None

    async def _kept(
        self, start: Message, headers: Headers, declared: Optional[int], *, is_whole: bool
    ) -> Headers:
        """Store the response if it is whole by now, and give the headers to send."""
        pieces, self._pieces = self._pieces or [], None
        if is_whole and declared in (None, self._size):
            return await self._keep(start, headers, b"".join(pieces))
        most = self.plan.policy.streams if declared is None else declared
        if not is_whole and self._size <= (most or 0):
            self._pieces = pieces
        return with_vary(headers, self.plan.policy.vary)

    async def _keep(self, start: Message, headers: Headers, body: bytes) -> Headers:
        plan = self.plan
        stored = to_store(
            ResponseFacts(start["status"], headers),
            body,
            plan.policy,
            self._responses.seconds(plan.policy.ttl),
            time.time(),
        )
        if stored is None:
            return headers
        await self._responses.keep(
            plan.key, self._facts.headers, stored, plan.missing.variants, plan.computation
        )
        if plan.computation.is_forgotten():
            plan.land(FORGOTTEN)
        else:
            plan.share(stored, self._facts.headers)
        return stored.headers

    async def _open(self, start: Message, headers: Headers) -> None:
        """Send the start of the response, if that is still to be done."""
        if self._is_open:
            return
        self._is_open = True
        if self.plan.policy.mark:
            headers = (*headers, ("x-cache", "miss"))
        if not_modified(self._facts, start["status"], headers):
            self._is_silent = True
            short = answer(StoredResponse(start["status"], headers, b"", 0), self._facts, 0)
            kept = tuple(pair for pair in short.headers if pair[0] != "age")
            await self._send(messages.start(304, kept))
            await self._send(messages.body(b""))
            return
        await self._send({**start, "headers": messages.raw(headers)})

    async def _give_up(self) -> None:
        self.plan.land(None)
        self._pieces = None
        if self._start is not None and not self._is_open:
            self._is_open = True
            await self._send(self._start)
