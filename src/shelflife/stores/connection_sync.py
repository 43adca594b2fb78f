"""One blocking connection: a socket, hiredis, and a deadline over everything.

The driver's own connection objects are not used: they bound each read, not the call (a server
that drips bytes holds a call for ever), and each of their releases wants other options.
"""

from __future__ import annotations

import socket
import time
from typing import Any

import hiredis

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.address import Address
from shelflife.stores.handshake import check_greeting, greeting
from shelflife.stores.limits import Limits
from shelflife.stores.replies import ErrorReply
from shelflife.stores.wire import Request, pack

_CHUNK = 262144
_SMALL = 16384  # what a socket takes at once: sending it needs no deadline of its own
_GRACE = 0.02  # seconds to read what is there already

_now = time.monotonic


class Connection:
    """A socket and a reader of replies, in one call's hands at a time.

    Attributes:
        kept: Whether it has served a call before: it may have been closed since.
        retired: Whether its pool has let go of it: it must not be kept again.
    """

    __slots__ = (
        "__weakref__",
        "_deadline",
        "_moved",
        "_precise",
        "_reader",
        "_sock",
        "_sock_timeout",
        "_timeout",
        "kept",
        "retired",
    )

    _sock: socket.socket

    def __init__(self) -> None:
        self.kept = self.retired = False
        self._reader = hiredis.Reader(replyError=ErrorReply)
        self._deadline = self._timeout = self._sock_timeout = 0.0
        self._moved = 0
        self._precise = True

    def __del__(self) -> None:
        self.close()

    def open(self, address: Address, limits: Limits) -> None:
        """Connect and log in, all within the connect timeout (but for resolving a host name).

        Raises:
            ServerError: If that did not work.
        """
        self._timeout = limits.connect_timeout
        self._deadline = _now() + limits.connect_timeout
        try:
            self._sock = _connect(address, self._deadline)
            if address.tls is not None:
                self._sock.settimeout(max(self.left(), 0.001))
                self._sock = address.tls.wrap_socket(self._sock, server_hostname=address.host)
        except socket.timeout:
            raise policy.no_connection(limits.connect_timeout) from None
        except OSError as error:
            raise policy.refused(error) from None
        commands = greeting(address)
        if commands:
            check_greeting(commands, self.ask(commands))
        self._timeout = limits.read_timeout

    def begin(self, seconds: float, *, precise: bool = False) -> None:
        """Start the clock of a call: it may take so many seconds.

        Args:
            seconds: How many.
            precise: Whether time may pass between sending and receiving.
        """
        self._deadline = _now() + seconds
        self._moved = 0
        self._precise = precise
        if self._sock_timeout != seconds:
            self._set_timeout(seconds)

    def left(self) -> float:
        """Give the seconds until the deadline; moving much data earns some more."""
        earned = self._timeout * (self._moved // policy.VOLUME)
        return max(0.0, self._deadline + earned - _now())

    def ask(self, request: Request) -> Any:
        """Send one command, or several at once, and give the reply, or a list of them.

        Raises:
            ServerError: If there was no complete, sensible answer in time. Close the connection
                then, and after any other exception as well.
        """
        self.put(request)
        return self.fetch(request)

    def put(self, request: Request) -> None:
        """Send one command, or several at once; `fetch` has the answer. Raises as `ask` does."""
        packed = pack(request)
        try:
            self._moved += len(packed)
            if self._precise or len(packed) > _SMALL:
                self._wait_no_longer()
            self._sock.sendall(packed)
        except OSError as error:
            raise self._broken(error) from None

    def fetch(self, request: Request) -> Any:
        """Give the reply to what was `put`, or a list of them. Raises as `ask` does."""
        try:
            if self._precise:
                self._wait_no_longer()
            self._receive()
            if isinstance(request, tuple):
                reply = self._next_reply()
            else:
                reply = [self._next_reply() for _ in request]
        except OSError as error:
            raise self._broken(error) from None
        except ServerError:
            raise
        except Exception as error:  # noqa: BLE001 - hiredis has several for replies it cannot make
            raise policy.makes_no_sense(f"{type(error).__name__} while it was read") from None
        if self._reader.has_data():
            raise policy.makes_no_sense("it holds more than was asked for")
        self._precise = True
        return reply

    def fileno(self) -> int:
        """Give the socket's descriptor, to wait for several; below 0 if it is closed."""
        return self._sock.fileno()

    def allow_what_has_come(self) -> None:
        """If the time is over, allow for reading what has come meanwhile."""
        if self.left() <= 0:
            self._deadline = _now() + _GRACE

    def has_news(self) -> bool:
        """Whether an idle connection has something to say: its end, or an answer to nobody."""
        return policy.is_readable(self._sock.fileno())

    def close(self) -> None:
        """Close the socket. Shuts nothing down: a forked parent may be using the other copy."""
        self.retired = True
        sock = getattr(self, "_sock", None)
        if sock is not None:
            sock.close()

    def _broken(self, error: OSError) -> ServerError:
        if isinstance(error, socket.timeout):
            return policy.no_answer(self._timeout)
        return policy.broke(error)

    def _next_reply(self) -> Any:
        reply = self._reader.gets()
        while reply is False:
            self._wait_no_longer()
            self._receive()
            reply = self._reader.gets()
        return reply

    def _receive(self) -> None:
        data = self._sock.recv(_CHUNK)
        if not data:
            raise policy.closed_by_server()
        self._moved += len(data)
        self._reader.feed(data)

    def _wait_no_longer(self) -> None:
        """From now on, bound each wait by what is left of the call."""
        self._precise = True
        self._set_timeout(self.left())

    def _set_timeout(self, seconds: float) -> None:
        if seconds <= 0:
            raise policy.no_answer(self._timeout)
        try:
            self._sock.settimeout(seconds)
        except OSError as error:
            raise policy.broke(error) from None
        self._sock_timeout = seconds


def _connect(address: Address, deadline: float) -> socket.socket:
    if address.path is not None:
        return _try_to_connect(socket.AF_UNIX, address.path, deadline - _now())
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    for tried, (family, _, _, _, place) in enumerate(found, start=1):
        # Each address gets its share of the time: the first may be one that never answers.
        share = (deadline - _now()) / (len(found) - tried + 1)
        try:
            return _try_to_connect(family, place, share)
        except OSError:
            if tried == len(found):
                raise
    raise AssertionError("getaddrinfo gives at least one address, or raises")


def _try_to_connect(family: int, place: Any, seconds: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(max(seconds, 0.001))
        if family != getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.connect(place)
    except BaseException:
        sock.close()
        raise
    return sock
