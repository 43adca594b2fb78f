"""Redis and Valkey, blocking, from any thread, process or greenlet.

No call takes longer than pool wait, connect timeout and read timeout together.
"""

from __future__ import annotations

from typing import Any

from shelflife.errors import ServerError
from shelflife.stores.address import Address
from shelflife.stores.atomic import Scripting
from shelflife.stores.breaker import Breaker
from shelflife.stores.commands import Command
from shelflife.stores.connection_sync import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.policy import may_ask_again, may_keep
from shelflife.stores.pool_sync import Pool
from shelflife.stores.wire import converse


class RedisStore:
    """A `Store` on one server, over connections of its own.

    Args:
        address: Where, from `parse_url`.
        limits: How long and how many.
    """

    def __init__(self, address: Address, limits: Limits) -> None:
        self._address = address
        self._timeout = limits.read_timeout
        self._pool = Pool(address, limits)
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
        self._breaker.admit()
        try:
            reply = self._ask(self._pool.take(), command, self._timeout)
        except ServerError as error:
            self._breaker.failed(error)
            raise
        self._breaker.succeeded()
        return reply

    def close(self) -> None:
        """Give back every connection; those in use are closed as their calls end."""
        self._pool.close()

    def _ask(self, connection: Connection, command: Command, seconds: float) -> Any:
        """Ask, and once more if a kept connection turns out closed."""
        try:
            if connection.kept and connection.has_news():
                connection = self._pool.replace(connection)
            connection.begin(seconds)
            reply = self._converse(connection, command)
        except ServerError as error:
            if may_ask_again(error, command, kept=connection.kept):
                left = connection.left()
                return self._ask(self._pool.replace(connection), command, left)
            self._let_go(connection, keep=may_keep(error, command))
            raise
        except BaseException:
            self._pool.drop(connection)
            raise
        self._pool.give_back(connection)
        return reply

    def _converse(self, connection: Connection, command: Command) -> Any:
        conversation = converse(command, self._scripting)
        try:
            request = next(conversation)
            while True:
                request = conversation.send(connection.ask(request))
        except StopIteration as stop:
            return stop.value

    def _let_go(self, connection: Connection, *, keep: bool) -> None:
        if keep:
            self._pool.give_back(connection)
        else:
            self._pool.drop(connection)
