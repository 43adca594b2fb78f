"""A real server of threads, and a client that is slow to take what it asked for."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from typing import Any
from urllib.request import urlopen

import pytest

from flask_responses.conftest import MakeApp

pytest.importorskip("flask", reason="Flask is not installed")

from werkzeug.serving import WSGIRequestHandler, make_server

BUFFER = 16 * 1024
PIECES = [bytes([number]) * 50_000 for number in range(8)]
WHOLE = b"".join(PIECES)
OTHERS = 200


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


class Server:
    """Serves an application with little room for what a client does not take."""

    def __init__(self, app: Any) -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
        self._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self._server.socket.listen(OTHERS * 2)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.port = self._server.server_port

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(30)
        self._server.server_close()

    def get(self) -> bytes:
        with urlopen(f"http://127.0.0.1:{self.port}/page", timeout=30) as response:
            body: bytes = response.read()
            return body

    def ask_slowly(self) -> socket.socket:
        """Ask, and take nothing yet."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        client.settimeout(30)
        client.connect(("127.0.0.1", self.port))
        client.sendall(b"GET /page HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n" % self.port)
        return client


def body_of(client: socket.socket) -> bytes:
    """Take what was asked for."""
    response = HTTPResponse(client)
    response.begin()
    return response.read()


@pytest.mark.parametrize(
    ("streams", "computed"),
    [(len(WHOLE), 1), (len(WHOLE) // 2, OTHERS + 1), (None, OTHERS + 1)],
    ids=["kept", "too long", "not asked for"],
)
def test_a_slow_client_holds_nobody(make: MakeApp, streams: Any, computed: int) -> None:
    """Others wait for a page until it is computed, and not until the first client has taken it."""
    service = make(responses_streams=streams)
    began, others_wait = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        began.set()
        for piece in PIECES:
            assert others_wait.wait(30)
            yield piece

    service.view("/page", lambda: (pieces(), {"Content-Type": "text/plain"}))
    server = Server(service.app)
    try:
        with server.ask_slowly() as slow, ThreadPoolExecutor(OTHERS) as pool:
            assert began.wait(30)
            others = [pool.submit(server.get) for _ in range(OTHERS)]
            time.sleep(0.3)
            others_wait.set()

            assert all(other.result(30) == WHOLE for other in others)
            assert body_of(slow) == WHOLE
    finally:
        server.stop()
    assert len(service.computed) == computed
