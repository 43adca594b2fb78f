"""A user's own redis-py client as a store: its connections, its timeouts, its retries.

Rules:
1. Commands go out by the client's `execute_command` and `pipeline(transaction=False)`; their names
   are bytes, for which redis-py has no callbacks: replies come as the server gave them.
2. What must stay on one connection, a WATCH, takes one out of the client's pool meanwhile.
3. No text of the driver is passed on with a password in it.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import redis
import redis.asyncio
from redis import exceptions

from shelflife.errors import ConfigurationError, ServerError
from shelflife.stores import policy
from shelflife.stores.atomic import Scripting
from shelflife.stores.breaker import Breaker
from shelflife.stores.client_address import shown
from shelflife.stores.commands import Command
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply, meaning
from shelflife.stores.wire import Conversation, Request, converse

# The driver takes the code off the server's text and makes a class of it, by its release.
_CODES = {
    "ReadOnlyError": "READONLY",
    "NoPermissionError": "NOPERM",
    "OutOfMemoryError": "OOM",
    "ExecAbortError": "EXECABORT",
    "ClusterDownError": "CLUSTERDOWN",
    "MasterDownError": "MASTERDOWN",
}
_TIMEOUTS = (exceptions.TimeoutError, asyncio.TimeoutError)
_PLAIN: tuple[tuple[Any, str, str], ...] = (
    (exceptions.AuthenticationError, "auth", "the server did not accept the user or the password"),
    (exceptions.BusyLoadingError, "loading", "the server is loading its data"),
    (_TIMEOUTS, "timeout", "no connection or no answer within the client's timeouts"),
    (RuntimeError, "closed", "the client failed; was it made for another event loop?"),
    (exceptions.InvalidResponse, "protocol", "the client cannot make sense of the answer"),
)
_EXHAUSTED = ("Too many connections", "No connection available")
_CANNOT_CONNECT = ("connecting to", "max number of clients", "No route to host")


class _Client:
    """What both kinds of client have in common."""

    def __init__(self, client: Any, kind: Any) -> None:
        _check(client, kind)
        limits = Limits()
        self._client = client
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_pause)
        self._scripting = Scripting()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"

    @property
    def address(self) -> str:
        """Where the client's pool connects to, without its password."""
        return shown(self._client.connection_pool)

    def _failed(self, error: Exception) -> ServerError:
        """Name a failure, and tell the breaker."""
        named = error if isinstance(error, ServerError) else _named(error)
        password = self._client.connection_pool.connection_kwargs.get("password")
        if isinstance(password, str) and password and password in named.detail:
            named = ServerError(named.kind, named.detail.replace(password, "***"))
        self._breaker.failed(named)
        return named

    def _begin(self, command: Command) -> Conversation:
        self._breaker.admit()
        return converse(command, self._scripting)


class ClientStore(_Client):
    """A `Store` over a `redis.Redis`.

    Args:
        client: Its own timeouts and retries hold; closing it stays with who made it.

    Raises:
        ConfigurationError: If it is of another kind, or decodes responses.
    """

    def __init__(self, client: Any) -> None:
        super().__init__(client, redis.Redis)

    def run(self, command: Command) -> Any:
        """Carry out a command; see `Store.run`."""
        conversation = self._begin(command)
        held: list[Any] = []
        try:
            reply = self._converse(conversation, held)
        except Exception as error:  # noqa: BLE001 - whatever the client makes of a strange reply
            raise self._failed(error) from None
        finally:
            for client in held:
                _release(self._client.connection_pool, client)
        self._breaker.succeeded()
        return reply

    def close(self) -> None:
        """Do nothing: the client is its owner's to close."""

    def _converse(self, conversation: Conversation, held: list[Any]) -> Any:
        try:
            request = next(conversation)
            while True:
                if _needs_one_connection(request) and not held:
                    held.append(self._client.client())
                client = held[0] if held else self._client
                request = conversation.send(self._ask(client, request, alone=bool(held)))
        except StopIteration as stop:
            return stop.value

    def _ask(self, client: Any, request: Request, *, alone: bool) -> Any:
        if isinstance(request, tuple):
            return self._ask_one(client, request)
        if alone:
            return [_as_reply(self._ask_one(client, words)) for words in request]
        with client.pipeline(transaction=False) as pipeline:
            for words in request:
                pipeline.execute_command(*words)
            return [_as_reply(reply) for reply in pipeline.execute(raise_on_error=False)]

    def _ask_one(self, client: Any, words: Any) -> Any:
        try:
            return client.execute_command(*words)
        except exceptions.ResponseError as error:
            return _as_reply(error)


class AsyncClientStore(_Client):
    """An `AsyncStore` over a `redis.asyncio.Redis`.

    Args:
        client: Its own timeouts and retries hold; closing it stays with who made it.

    Raises:
        ConfigurationError: If it is of another kind, or decodes responses.
    """

    def __init__(self, client: Any) -> None:
        super().__init__(client, redis.asyncio.Redis)

    async def run(self, command: Command) -> Any:
        """Carry out a command; see `AsyncStore.run`."""
        conversation = self._begin(command)
        held: list[Any] = []
        try:
            reply = await self._converse(conversation, held)
        except Exception as error:  # noqa: BLE001 - as above
            raise self._failed(error) from None
        finally:
            for client in held:
                await _release_async(self._client.connection_pool, client)
        self._breaker.succeeded()
        return reply

    async def close(self) -> None:
        """Do nothing: the client is its owner's to close."""

    async def _converse(self, conversation: Conversation, held: list[Any]) -> Any:
        try:
            request = next(conversation)
            while True:
                if _needs_one_connection(request) and not held:
                    held.append(self._client.client())
                client = held[0] if held else self._client
                request = conversation.send(await self._ask(client, request, alone=bool(held)))
        except StopIteration as stop:
            return stop.value

    async def _ask(self, client: Any, request: Request, *, alone: bool) -> Any:
        if isinstance(request, tuple):
            return await self._ask_one(client, request)
        if alone:
            return [_as_reply(await self._ask_one(client, words)) for words in request]
        async with client.pipeline(transaction=False) as pipeline:
            for words in request:
                pipeline.execute_command(*words)
            return [_as_reply(reply) for reply in await pipeline.execute(raise_on_error=False)]

    async def _ask_one(self, client: Any, words: Any) -> Any:
        try:
            return await client.execute_command(*words)
        except exceptions.ResponseError as error:
            return _as_reply(error)


def _check(client: Any, kind: Any) -> None:
    wanted = "redis.asyncio.Redis" if kind is redis.asyncio.Redis else "redis.Redis"
    given = f"{type(client).__module__}.{type(client).__qualname__}"
    if not isinstance(client, kind) or hasattr(client, "command_stack"):
        raise ConfigurationError(
            f"a client must be a {wanted}, not {given}; Cache takes redis.Redis, AsyncCache takes "
            "redis.asyncio.Redis; for a cluster give a redis+cluster:// URL instead of a client"
        )
    if client.get_encoder().decode_responses:
        raise ConfigurationError(
            "entries are bytes: make the client without decode_responses=True (a second client "
            "beside it is fine)"
        )


def _needs_one_connection(request: Request) -> bool:
    return isinstance(request, list) and request[0][0] == b"WATCH"


def _release(pool: Any, client: Any) -> None:
    """Give back a held connection, closed: it may have a WATCH or MULTI left behind."""
    connection, client.connection = client.connection, None
    if connection is not None:
        try:
            connection.disconnect()
        finally:
            pool.release(connection)


async def _release_async(pool: Any, client: Any) -> None:
    connection, client.connection = client.connection, None
    if connection is not None:
        try:
            await connection.disconnect(nowait=True)
        finally:
            released = pool.release(connection)
            if inspect.isawaitable(released):
                await released


def _as_reply(reply: Any) -> Any:
    """Give a reply as our own reader would: an error with the code that the driver took off."""
    if isinstance(reply, list):  # of a transaction
        return [_as_reply(part) for part in reply]
    if not isinstance(reply, exceptions.ResponseError):
        return reply
    code = _CODES.get(type(reply).__name__)
    if code is not None:
        return ErrorReply(f"{code} {reply}")
    text = str(reply)
    return ErrorReply(text if text.partition(" ")[0].isupper() else f"ERR {text}")


def _named(error: Exception) -> ServerError:
    for kinds, kind, detail in _PLAIN:
        if isinstance(error, kinds):
            return ServerError(kind, detail)
    if isinstance(error, exceptions.ConnectionError):
        return _disconnected(str(error))
    if isinstance(error, exceptions.ResponseError):
        found = meaning(_as_reply(error))
        return found if isinstance(found, ServerError) else ServerError("other", str(error))
    return policy.broke(error) if isinstance(error, OSError) else ServerError("other", str(error))


def _disconnected(text: str) -> ServerError:
    if any(words in text for words in _EXHAUSTED):
        return ServerError("busy", f"the client's pool: {text}")
    if "Timeout reading from socket" in text:  # redis-py 7.0 on Python 3.9 calls that a break
        return ServerError("timeout", text)
    unreachable = any(words in text for words in _CANNOT_CONNECT)
    return ServerError("refused" if unreachable else "closed", text)
