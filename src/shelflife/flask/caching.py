"""One request: answered from the cache, or by its view, whose response is kept if it may be.

Rules:
1. `shelflife.http` decides; here is only what Flask has to do with it.
2. A hit is a new response each time. What the application does after a request, it does to hits
   as well, and nothing of it is stored.
3. Within a request that is cached already, a further decorator does nothing: its key is the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Optional, Union, cast

from flask import Request, Response, current_app, request
from werkzeug.exceptions import HTTPException

from shelflife.flask import messages
from shelflife.flask.app_cache import AppCache
from shelflife.http import (
    Made,
    Policy,
    RequestFacts,
    StoredResponse,
    answer,
    custom_key,
    may_answer,
    may_store,
    not_modified,
    to_store,
)

_ON_ENVIRON = "shelflife.flask.caching"
Key = Union[str, Callable[[], str], None]


@dataclass(frozen=True)
class Caching:
    """What a decorator was told.

    Attributes:
        policy: What the user wants, over the application's settings.
        key: Text, or a function that gives it; None for the request's own.
        unless: A function; if what it gives is true, the request goes past the cache.
    """

    policy: Callable[[Policy], Policy]
    key: Key = None
    unless: Optional[Callable[[], Any]] = None

    def serve(self, cache: AppCache, view: Callable[[], Any]) -> Any:
        """Give the response for the current request.

        Args:
            cache: The application's.
            view: Computes it; may give whatever a view may return.
        """
        asked: Request = cast(Any, request)._get_current_object()  # noqa: SLF001 - once, not each time
        policy = self.policy(cache.policy)
        facts = messages.request_facts(asked)
        if _ON_ENVIRON in asked.environ or may_answer(facts, policy) is not None:
            return view()
        if self.unless is not None and self.unless():
            return view()
        asked.environ[_ON_ENVIRON] = True
        compute = partial(_made, cache, policy, facts, view)
        found = cache.respond(self._key(asked), facts, policy, compute)
        if isinstance(found, StoredResponse):
            response = messages.to_response(answer(found, facts, time.time()))
            return _marked(response, policy, "hit")
        response = found.native
        if found.response is not None:
            messages.complete(response, found.response.headers)
            if not_modified(facts, found.response.status, found.response.headers):
                messages.make_not_modified(response)
        return _marked(response, policy, "miss")

    def _key(self, asked: Request) -> str:
        if self.key is None:
            return messages.key_of(asked)
        return custom_key(self.key if isinstance(self.key, str) else self.key())


def _made(cache: AppCache, policy: Policy, asked: RequestFacts, view: Callable[[], Any]) -> Made:
    response = _response(policy, view)
    facts = messages.response_facts(response)
    if may_store(messages.as_by_now(asked), facts, policy) is not None:
        return Made(response)
    body = messages.body_of(response, policy.streams)
    if body is None:
        return Made(response)
    return Made(response, to_store(facts, body, policy, cache.seconds(policy.ttl), time.time()))


def _response(policy: Policy, view: Callable[[], Any]) -> Response:
    try:
        return current_app.make_response(view())
    except HTTPException as error:
        if error.code not in policy.statuses:
            raise
        handled: Any = current_app.handle_user_exception(error)
        if isinstance(handled, HTTPException):  # nobody's: else it would be taken for a stream
            handled = handled.get_response(request.environ)
        return current_app.make_response(handled)


def _marked(response: Response, policy: Policy, what: str) -> Response:
    if policy.mark:
        response.headers["X-Cache"] = what
    return response
