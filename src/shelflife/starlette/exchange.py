"""One request: answered from the cache, or by the application, whose response is then recorded."""

from __future__ import annotations

import time
from typing import Optional

from starlette.types import Message, Scope, Send

from shelflife.http import (
    APART,
    Answer,
    Found,
    Missing,
    Policy,
    Stored,
    StoredResponse,
    answer,
    last_stored,
    may_answer,
    must_revalidate,
    variant_of,
)
from shelflife.starlette import messages
from shelflife.starlette.flights import ABANDONED, Abandoned, Flight, Flights, Forgotten
from shelflife.starlette.recording import Plan, Recording
from shelflife.starlette.responses import Responses

_ROUNDS = 2
"""The first may wait for another variant; the second knows where ours is."""


class Exchange:
    """A request and what becomes of it; on the scope, for decorators.

    Args:
        responses: The cache's.
        flights: Who computes what.
        policy: The middleware's.
        cookies: Those that carry a session.
        scope: The request's; the application sees this very dict.
        send: Sends to the client.
    """

    def __init__(
        self,
        responses: Responses,
        flights: Flights,
        policy: Policy,
        cookies: frozenset[str],
        scope: Scope,
        send: Send,
    ) -> None:
        self.responses = responses
        self.policy = policy
        self.scope = scope
        self._path = messages.path_of(scope)  # as it came: before 0.33, a mount takes off its part
        self._flights = flights
        self._facts = messages.request_facts(scope, cookies)
        self._send = send
        self._recording: Optional[Recording] = None
        self._key: Optional[str] = None

    @property
    def key(self) -> str:
        """The key of the request's URL."""
        if self._key is None:
            self._key = messages.key_of(self.scope, self._facts, self._path)
        return self._key

    async def begin(
        self, policy: Policy, key: Optional[str] = None, apart: Optional[str] = None
    ) -> Optional[Answer]:
        """Give what is sent at once; or None, and the application's response is recorded.

        Within a request that is recorded already, a further policy takes the place of the first,
        and so does a key. Without one it is the URL's. `apart` tells its responses apart.
        """
        if self._recording is not None:
            plan = self._recording.plan
            if key in (None, plan.key) and apart in (None, self._facts.headers.get(APART)):
                plan.policy = policy
                return None
            key = key or plan.key
            self.leave()
        key = key or self.key
        facts = messages.as_by_now(self._facts, self.scope)
        self._facts = messages.told_apart(facts, apart)
        if may_answer(self._facts, policy) is not None:
            return None
        before = last_stored()
        found = await self.responses.find(key, self._facts.headers)
        response: Optional[StoredResponse] = None
        if isinstance(found, Missing):
            response = await self._wait_or_record(policy, key, found, before)
        elif must_revalidate(self._facts, policy, time.time() - found.response.stored_at):
            self._record(self._plan(policy, key, found.again))
        else:
            response = found.response
        return None if response is None else self._answer(response, policy)

    def leave(self) -> None:
        """Let the response go past the cache, though a path asked for it."""
        if self._recording is not None:
            self._recording.plan.end(None)
            self._recording = None

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        await (self._send if self._recording is None else self._recording.send)(message)

    def end(self, *, cancelled: bool) -> None:
        """Tell those who wait that there is nothing to wait for any more."""
        if self._recording is not None:
            self._recording.plan.end(ABANDONED if cancelled else None)

    @property
    def is_recorded(self) -> bool:
        """Whether the response may be kept."""
        return self._recording is not None

    async def _wait_or_record(
        self, policy: Policy, key: str, missing: Missing, before: Stored
    ) -> Optional[StoredResponse]:
        """Give what another computes for our variant; or None, and ours is recorded.

        `http.sharing` does the same by calling what computes: here the application will, later.
        """
        if self._facts.method != "GET":
            return None
        rounds = 0
        while rounds < _ROUNDS:
            flight, is_ours = self._flights.join(missing.key)
            if is_ours:
                plan = self._plan(policy, key, missing, flight)
                return await self._lead(plan, flight, look=last_stored() is not before)
            outcome = await flight.outcome()
            if isinstance(outcome, Abandoned):
                continue
            if isinstance(outcome, Forgotten):
                rounds += 1
                continue
            if outcome is None:
                break
            if outcome.variant == variant_of(outcome.response, self._facts.headers):
                return outcome.response
            found = await self.responses.find_again(key, self._facts.headers)
            if isinstance(found, Found):
                return found.response
            missing, rounds = found, rounds + 1
        self._record(self._plan(policy, key, missing))
        return None

    async def _lead(self, plan: Plan, flight: Flight, *, look: bool) -> Optional[StoredResponse]:
        """Look once more if another may have stored it while this request came here."""
        if look:
            try:
                found = await self.responses.find_again(plan.key, self._facts.headers)
            except BaseException:
                flight.land(ABANDONED)
                raise
            if isinstance(found, Found):
                plan.share(found.response, self._facts.headers)
                return found.response
        self._record(plan)
        return None

    def _plan(
        self, policy: Policy, key: str, missing: Missing, flight: Optional[Flight] = None
    ) -> Plan:
        return Plan(policy, key, missing, self.responses.computation(key), flight)

    def _record(self, plan: Plan) -> None:
        plan.computation.begin()
        self._recording = Recording(plan, self.responses, self._facts, self.scope, self._send)

    def _answer(self, response: StoredResponse, policy: Policy) -> Answer:
        made = answer(response, self._facts, time.time())
        if policy.mark:
            made = made._replace(headers=(*made.headers, ("x-cache", "hit")))
        return made
