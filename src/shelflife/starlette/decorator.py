"""`cached`: for endpoints of Starlette and path functions of FastAPI.

Rules:
1. What the framework injects is injected for every request, hit or not: dependencies that refuse
   somebody refuse him hits as well.
2. The response is recorded by the middleware on its way out, as the framework has made it: with
   its response model, its headers and its class.
3. What is injected tells responses apart, unless `key=` says what does.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Awaitable, Sequence
from typing import Any, Callable, NoReturn, Optional

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from shelflife.http import Answer, Policy, custom_key, with_options, without_parentheses
from shelflife.starlette import messages
from shelflife.starlette.exchange import Exchange
from shelflife.starlette.injected import Injected, ignored_names
from shelflife.starlette.plain_data import NotPlain
from shelflife.starlette.responses import ON_SCOPE, of_connection
from shelflife.starlette.settings import check_function

_REQUEST = "shelflife_request"
_MOST_POLICIES = 8
"""One for each application is remembered."""


def cached(
    *bare: NoReturn,
    key: Optional[Callable[[Request], str]] = None,
    unless: Optional[Callable[[Request], Any]] = None,
    ignore: Sequence[str] = (),
    **options: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Awaitable[Any]]]:
    """Decorate an endpoint, plain or coroutine; below the framework's own decorator.

    Args:
        *bare: Nothing: `@cached()` has parentheses, and its options names.
        key: A function of the request that gives text, in place of its URL and of what FastAPI
            injects.
        unless: A function of the request; if what it gives is true, it goes past the cache.
        ignore: Names of parameters that do not change the response: `["db"]`.
        **options: Of `shelflife.http.Policy`: `ttl`, `vary`, ..., over the middleware's.

    Raises:
        ConfigurationError: For an option that cannot work.
    """
    if bare:
        raise without_parentheses("@cached()")
    check_function("key", key)
    check_function("unless", unless)
    with_options(Policy(), options)
    over = functools.lru_cache(_MOST_POLICIES)(functools.partial(with_options, options=options))

    def decorate(endpoint: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        injected = _injected(endpoint, ignore)
        call = endpoint
        if not inspect.iscoroutinefunction(inspect.unwrap(_function(endpoint))):
            call = functools.partial(run_in_threadpool, endpoint)

        @functools.wraps(endpoint)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            request = kwargs.pop(_REQUEST, None) or _request(args, kwargs)
            of_connection(request)
            answer: Optional[Answer] = None
            exchange: Exchange = request.scope[ON_SCOPE]
            if unless is not None and unless(request):
                exchange.leave()
            elif key is not None:
                answer = await exchange.begin(over(exchange.policy), custom_key(key(request)))
            else:
                try:
                    apart = injected.digest(request.scope.get("route"), kwargs)
                except NotPlain:
                    exchange.leave()
                else:
                    answer = await exchange.begin(over(exchange.policy), apart=apart)
            return await call(*args, **kwargs) if answer is None else _response(answer)

        wrapper.__signature__ = _with_request(endpoint)  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _injected(endpoint: Callable[..., Any], ignore: Sequence[str]) -> Injected:
    function = _function(endpoint)
    name = ".".join(getattr(function, part, "") or "" for part in ("__module__", "__qualname__"))
    return Injected(name, ignored_names(ignore, name, inspect.signature(endpoint).parameters))


def _with_request(endpoint: Callable[..., Any]) -> inspect.Signature:
    """Give the endpoint's signature with a request in it, for FastAPI to inject.

    Annotations are resolved here: frameworks would look for their names beside our wrapper.
    """
    signature = inspect.signature(endpoint)
    try:
        hints = typing.get_type_hints(_function(endpoint), include_extras=True)
    except NameError:  # names for type checkers alone
        hints = {}
    resolved = [
        parameter.replace(annotation=hints.get(name, parameter.annotation))
        for name, parameter in signature.parameters.items()
    ]
    signature = signature.replace(
        parameters=resolved,
        return_annotation=hints.get("return", signature.return_annotation),
    )
    if any(_is_request(parameter.annotation) for parameter in resolved):
        return signature
    added = inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    at = len(resolved) - (bool(resolved) and resolved[-1].kind is inspect.Parameter.VAR_KEYWORD)
    resolved.insert(at, added)
    return signature.replace(parameters=resolved)


def _function(endpoint: Callable[..., Any]) -> Any:
    """Give the function that is called in the end: of a partial, or of an object."""
    while isinstance(endpoint, functools.partial):
        endpoint = endpoint.func
    return endpoint if inspect.isroutine(endpoint) else type(endpoint).__call__


def _is_request(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Request)


def _request(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Request:
    for given in (*args, *kwargs.values()):
        if isinstance(given, Request):
            return given
    raise TypeError("a cached endpoint takes a request")


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = messages.raw(answer.headers)
    return response
