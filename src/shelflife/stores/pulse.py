"""One server's pulse: how long a PING takes, and what INFO says about strain."""

from __future__ import annotations

import time
from typing import Optional

from shelflife.stores.address import Address
from shelflife.stores.connection_sync import Connection
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply
from shelflife.stores.request import expect
from shelflife.stores.server_facts import Strain, parse_strain


class Pulse:
    """A connection of its own to one server. Not to be shared by threads.

    Args:
        address: Which server.
        limits: Of these, the timeouts.
    """

    def __init__(self, address: Address, limits: Limits) -> None:
        self._address = address
        self._limits = limits
        self._connection: Optional[Connection] = None

    def ping(self) -> float:
        """Give the seconds that a PING takes; one that is refused for want of rights counts too.

        Raises:
            ServerError: If there was no answer.
        """
        connection = self._open()
        begun = time.monotonic()
        connection.begin(self._limits.read_timeout)
        try:
            connection.ask((b"PING",))
        except BaseException:
            self.close()
            raise
        return time.monotonic() - begun

    def strain(self) -> Strain:
        """Give what the server says about strain; nothing if it denies INFO.

        Raises:
            ServerError: If there was no answer.
        """
        connection = self._open()
        connection.begin(self._limits.read_timeout)
        try:
            reply = connection.ask((b"INFO",))
            if isinstance(reply, ErrorReply):
                return Strain()
            raw: bytes = expect(reply, bytes)
        except BaseException:
            self.close()
            raise
        return parse_strain(raw.decode("utf-8", "replace"))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            connection = Connection()
            connection.open(self._address, self._limits)
            self._connection = connection
        return self._connection
