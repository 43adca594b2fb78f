"""Sends requests to a service on this machine, and takes its answers as they come.

Rules:
1. Only to 127.0.0.1: no proxy of the environment is used, no redirection is followed.
2. It never raises: without an answer, the answer says why.
3. A connection that the service closed between two requests is no error of the service; a request
   that may change something is not sent twice, so it gets a connection of its own.
4. The Host header holds no port unless the plan says so: services keep absolute URLs in their
   caches, and every process has another port.
"""

from __future__ import annotations

import http.client
import socket
import time
from types import TracebackType
from typing import Optional

from shelflife.rehearse.answers.answer import Answer
from shelflife.rehearse.answers.deadline import Deadline
from shelflife.rehearse.answers.encodings import LARGEST, UNDONE, TooLarge, decoded
from shelflife.rehearse.plan import LogPlan
from shelflife.rehearse.requests import Request

ADDRESS = "127.0.0.1"
_REPEATABLE = frozenset(("GET", "HEAD"))
_PIECE = 65_536

# About one connection, not about the request; or made anew here.
_NOT_SENT = frozenset(
    ("connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade")
) | {"expect", "host", "proxy-connection", "proxy-authorization", "proxy-authenticate"}

# The first one that fits.
_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (TooLarge, f"too large: its body is above {LARGEST >> 20} MiB"),
    (ConnectionRefusedError, "refused: nothing listens on the port of the service"),
    (http.client.RemoteDisconnected, "closed: the service closed the connection without an answer"),
    (ConnectionError, "closed: the service broke the connection off"),
    (http.client.IncompleteRead, "broken: the answer ended before its end"),
    (http.client.InvalidURL, "not sent: its target is no target of HTTP"),
    (UnicodeEncodeError, "not sent: its target is no target of HTTP"),
)


class Sender:
    """Sends requests, one after the other; not for use by several threads at once.

    Args:
        port: Where the service listens, on 127.0.0.1.
        log: Which headers are sent, and how long an answer may take.
    """

    def __init__(self, port: int, log: LogPlan) -> None:
        self._port = port
        self._timeout = log.timeout
        self._host = _filled(log.host, port) if log.host else ""
        self._headers = {n.lower(): (n, _filled(v, port)) for n, v in log.headers.items()}
        self._dropped = frozenset(name.lower() for name in log.drop_headers) | _NOT_SENT
        self._connection: Optional[http.client.HTTPConnection] = None
        self._socket: Optional[Deadline] = None

    def __enter__(self) -> Sender:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def ask(self, request: Request) -> Answer:
        """Send a request and give its answer."""
        began = time.perf_counter()
        answer = self._asked(request)
        return answer._replace(seconds=time.perf_counter() - began)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._socket = None

    def _asked(self, request: Request) -> Answer:
        ends_at = time.monotonic() + self._timeout
        repeatable = request.method in _REPEATABLE
        if self._socket is not None and (not repeatable or self._socket.is_closed_by_peer()):
            self.close()
        is_reused = self._socket is not None
        try:
            return self._exchange(request, ends_at)
        except (http.client.BadStatusLine, ConnectionError) as error:
            nothing_came = self._socket is None or not self._socket.received
            self.close()
            if not (is_reused and repeatable and nothing_came):
                return Answer(0, error=self._why(error))
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.close()
            return Answer(0, error=self._why(error))
        try:
            return self._exchange(request, ends_at)
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.close()
            return Answer(0, error=self._why(error))

    def _exchange(self, request: Request, ends_at: float) -> Answer:
        connection, guarded = self._connected(max(0.001, ends_at - time.monotonic()))
        guarded.start(ends_at - time.monotonic())
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in self._sent_headers(request):
            connection.putheader(name, _encoded(value))
        connection.endheaders(request.body or None)
        response = connection.getresponse()
        body = self._body(response)
        if response.will_close:
            self.close()
        headers = tuple((name, str(value)) for name, value in response.getheaders())
        encoding = response.headers.get("content-encoding", "")
        return Answer(response.status, headers, decoded(body, encoding))

    def _connected(self, seconds: float) -> tuple[http.client.HTTPConnection, Deadline]:
        if self._connection is None or self._socket is None:
            connected = socket.create_connection((ADDRESS, self._port), seconds)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = Deadline(connected)
            self._connection = http.client.HTTPConnection(ADDRESS, self._port)
            self._connection.sock = self._socket
            self._connection.auto_open = 0  # it would connect anew without a deadline
        return self._connection, self._socket

    def _sent_headers(self, request: Request) -> list[tuple[str, str]]:
        host = self._host or _own_host(request) or ADDRESS
        sent = [("Host", self._headers.get("host", ("Host", host))[1])]
        for name, value in request.headers:
            if name.lower() not in self._dropped and name.lower() not in self._headers:
                sent.append((name, value))
        sent += [own for name, own in self._headers.items() if name not in _NOT_SENT]
        sent = [(name, _readable(name, value)) for name, value in sent]
        if request.body or request.method in {"POST", "PUT", "PATCH"}:
            sent.append(("Content-Length", str(len(request.body))))
        return [(name, value) for name, value in sent if value or name.lower() != "accept-encoding"]

    @staticmethod
    def _body(response: http.client.HTTPResponse) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while piece := response.read(_PIECE):
            size += len(piece)
            if size > LARGEST:
                raise TooLarge
            pieces.append(piece)
        if response.length:  # it was cut off: `read` does not tell
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(pieces)

    def _why(self, error: Exception) -> str:
        if isinstance(error, (TimeoutError, socket.timeout)):  # not the same before Python 3.10
            return f"timeout: no whole answer within {self._timeout:g} s"
        for kind, sentence in _SENTENCES:
            if isinstance(error, kind):
                return sentence
        return f"broken: this is no answer of HTTP ({type(error).__name__})"


def _filled(template: str, port: int) -> str:
    return template.replace("{port}", str(port))


def _own_host(request: Request) -> str:
    return next((value for name, value in request.headers if name.lower() == "host"), "")


def _readable(name: str, value: str) -> str:
    """Of the encodings that a client takes, leave those that can be undone here."""
    if name.lower() != "accept-encoding":
        return value
    offers = [each.strip() for each in value.split(",")]
    return ", ".join(each for each in offers if each.partition(";")[0].strip().lower() in UNDONE)


def _encoded(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()
