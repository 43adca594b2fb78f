"""Redis and Valkey, blocking, from any thread, process or greenlet.

No call takes longer than pool wait, connect timeout and read timeout together.
"""

from __future__ import annotations

from typing import Any, Optional

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.atomic import Scripting
from shelflife.stores.breaker import Breaker
from shelflife.stores.commands import Command
from shelflife.stores.connection_sync import Connection
from shelflife.stores.errand import Errand
from shelflife.stores.limits import Limits
from shelflife.stores.node_commands import NodeCommand
from shelflife.stores.opening_sync import Opener
from shelflife.stores.policy import may_ask_again, may_keep
from shelflife.stores.pool_sync import Pool
from shelflife.stores.wire import converse


class RedisStore:
    """A `Store` on one server, over connections of its own.

    Args:
        address: Where, from `parse_url`.
        limits: How long and how many.
        opener: Knows where the server is, if that may change.
    """

    def __init__(self, address: Address, limits: Limits, opener: Optional[Opener] = None) -> None:
        self._address = address
        self._limits = limits
        self._opener = opener
        self._pool = Pool(address, limits, opener)
        self._breaker = Breaker(limits.breaker_failures, limits.breaker_pause)
        self._scripting = Scripting()

    def __repr__(self) -> str:
        return f"RedisStore({self.address})"

    @property
    def address(self) -> str:
        """The URL without its password."""
        return self._address.shown

    def run(self, command: Command) -> Any:
        """Carry out a command; see `Store.run`."""
        return self.run_within(command, self._limits)

    def run_within(self, command: NodeCommand, limits: Limits) -> Any:
        """Carry out a command within other limits."""
        self._breaker.admit()
        try:
            connection = self._pool.take(limits)
            reply = self._ask(connection, command, limits, limits.read_timeout)
        except ServerError as error:
            self._failed(error)
            raise
        self._breaker.succeeded()
        return reply

    def is_connected(self) -> bool:
        """Whether a kept connection is free."""
        return self._pool.has_free()

    def take(self, errand: Errand) -> None:
        """Get hold of a connection for an errand."""
        try:
            self._breaker.admit()
            connection = self._pool.take(errand.limits)
            if connection.kept and connection.has_news():
                connection = self._pool.replace(connection, errand.limits)
            errand.connection = connection
        except ServerError as error:
            self._failed(error)
            errand.end(error)

    def send(self, errand: Errand) -> None:
        """Send what the errand has to say, unless it is over."""
        if errand.is_over:
            return
        connection = errand.connection
        assert connection is not None, "take comes first"
        conversation = converse(errand.command, self._scripting)
        try:
            connection.begin(errand.limits.read_timeout, precise=True)
            request = next(conversation)
            connection.put(request)
        except ServerError as error:
            self._recover(errand, error)
        else:
            errand.conversation, errand.request = conversation, request

    def receive(self, errand: Errand) -> None:
        """Wait for the answer, unless the errand is over."""
        if errand.is_over:
            return
        connection, conversation, request = errand.connection, errand.conversation, errand.request
        assert connection is not None, "take comes first"
        assert conversation is not None, "send comes first"
        assert request is not None, "send comes first"
        connection.allow_what_has_come()
        try:
            while True:
                request = conversation.send(connection.fetch(request))
                connection.put(request)
        except StopIteration as stop:
            self._pool.give_back(connection)
            self._breaker.succeeded()
            errand.end(stop.value)
        except ServerError as error:
            self._recover(errand, error)

    def close(self) -> None:
        """Give back every connection; those in use are closed as their calls end."""
        self._pool.close()

    def _ask(
        self, connection: Connection, command: NodeCommand, limits: Limits, seconds: float
    ) -> Any:
        """Ask, and once more if a kept connection turns out closed."""
        try:
            if connection.kept and connection.has_news():
                connection = self._pool.replace(connection, limits)
            connection.begin(seconds)
            reply = self._converse(connection, command)
        except ServerError as error:
            if may_ask_again(error, command, kept=connection.kept):
                left = connection.left()
                fresh = self._pool.replace(connection, limits)
                return self._ask(fresh, command, limits, left)
            self._let_go(connection, keep=may_keep(error, command))
            raise
        except BaseException:
            self._pool.drop(connection)
            raise
        self._pool.give_back(connection)
        return reply

    def _converse(self, connection: Connection, command: NodeCommand) -> Any:
        conversation = converse(command, self._scripting)
        try:
            request = next(conversation)
            while True:
                request = conversation.send(connection.ask(request))
        except StopIteration as stop:
            return stop.value

    def _recover(self, errand: Errand, error: ServerError) -> None:
        """Ask once more if a kept connection turned out closed; else end the errand."""
        connection = errand.connection
        assert connection is not None, "it is under way"
        try:
            if not may_ask_again(error, errand.command, kept=connection.kept):
                self._let_go(connection, keep=may_keep(error, errand.command))
                raise error
            left = connection.left()
            fresh = self._pool.replace(connection, errand.limits)
            errand.end(self._ask(fresh, errand.command, errand.limits, left))
        except ServerError as final:
            self._failed(final)
            errand.end(final)
        else:
            self._breaker.succeeded()

    def _failed(self, error: ServerError) -> None:
        self._breaker.failed(error)
        if self._opener is not None:
            self._opener.failed(error)

    def _let_go(self, connection: Connection, *, keep: bool) -> None:
        if keep:
            self._pool.give_back(connection)
        else:
            self._pool.drop(connection)
