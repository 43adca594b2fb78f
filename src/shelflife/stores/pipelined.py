"""A connection whose replies may be fetched later: the server works while we do."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.connection_sync import Connection
from shelflife.stores.request import Words, pack


class PipelinedConnection(Connection):
    """As `Connection`; and besides `ask`, a request can be sent now and answered later."""

    __slots__ = ()

    def send(self, request: list[Words], seconds: float) -> None:
        """Send commands.

        Raises:
            ServerError: If that did not work; close the connection then.
        """
        self.begin(seconds)
        packed = pack(request)
        try:
            self._moved += len(packed)
            self._wait_no_longer()
            self._sock.sendall(packed)
        except socket.timeout:
            raise policy.no_answer(seconds) from None
        except OSError as error:
            raise policy.broke(error) from None

    def interrupt(self) -> None:
        """Let a thread that waits for replies know that nobody wants them any more."""
        sock = getattr(self, "_sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def receive(self, count: int, seconds: float) -> list[Any]:
        """Give the replies to what was sent, one for each command.

        Raises:
            ServerError: If they do not come; close the connection then.
        """
        self.begin(seconds)
        self._precise = True
        try:
            return [self._next_reply() for _ in range(count)]
        except socket.timeout:
            raise policy.no_answer(seconds) from None
        except OSError as error:
            raise policy.broke(error) from None
        except ServerError:
            raise
        except Exception as error:  # noqa: BLE001 - hiredis has several for replies it cannot make
            raise policy.makes_no_sense(f"{type(error).__name__} while it was read") from None
