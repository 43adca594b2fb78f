"""How requests are sent, and what becomes of answers that are none."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Optional

import pytest

from shelflife.rehearse.answers import Sender
from shelflife.rehearse.answers import sender as sending
from shelflife.rehearse.plan import LogPlan
from shelflife.rehearse.requests import Request

Conversation = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Listener:
    """A service of bytes: one conversation for each connection that it takes."""

    def __init__(self, *conversations: Conversation) -> None:
        self._conversations = conversations
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self._closing = threading.Event()
        self.port = self._server.getsockname()[1]
        self.heard: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for conversation in self._conversations:
            connection = self._accepted()
            if connection is None:
                return
            self.connections += 1
            connection.settimeout(10)
            with connection:
                try:
                    conversation(connection)
                except OSError:
                    continue

    def _accepted(self) -> Optional[socket.socket]:
        while not self._closing.is_set():
            try:
                return self._server.accept()[0]
            except (TimeoutError, socket.timeout):  # not the same before Python 3.10
                continue
        return None

    def hear(self, connection: socket.socket) -> bytes:
        """One request: its head, and a body of the length that it tells."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionError
            data += piece
        self.heard.append(data)
        return data

    def close(self) -> None:
        self._closing.set()
        self._thread.join(10)
        self._server.close()


@contextmanager
def service(*answers: list[bytes]) -> Iterator[tuple[Listener, Sender]]:
    """A listener that gives each connection these answers, one per request."""
    listener: Listener

    def conversation(all_answers: list[bytes]) -> Conversation:
        def talk(connection: socket.socket) -> None:
            for each in all_answers:
                listener.hear(connection)
                connection.sendall(each)

        return talk

    listener = Listener(*(conversation(each) for each in answers))
    sender = Sender(listener.port, LogPlan(Path("log"), timeout=2))
    try:
        yield listener, sender
    finally:
        sender.close()
        listener.close()


def get(number: int = 0, *headers: tuple[str, str], method: str = "GET") -> Request:
    return Request(number, method, f"/a/{number}?q=%C3%A9", headers)


def test_an_answer_comes_as_it_is() -> None:
    """Status, headers, body, and how long it took; redirections are not followed."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nX-A: 1\r\n"
    with service([moved + b"Content-Length: 4\r\n\r\nhere"]) as (listener, sender):
        answer = sender.ask(get(7))

    assert (answer.status, answer.body, answer.error) == (302, b"here", "")
    assert ("Location", "http://example.invalid/") in answer.headers
    assert 0 < answer.seconds < 2
    assert listener.heard[0].startswith(b"GET /a/7?q=%C3%A9 HTTP/1.1\r\nHost: 127.0.0.1\r\n")


def test_one_connection_serves_several_requests() -> None:
    """As long as the service keeps it."""
    with service([OK, OK, OK]) as (listener, sender):
        statuses = [sender.ask(get(number)).status for number in range(3)]

    assert statuses == [200, 200, 200]
    assert listener.connections == 1


def test_a_service_of_http_1_0_is_asked_anew_each_time() -> None:
    """Its answers end with the connection."""
    old = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nCaf\xc3\xa9"
    with service([old], [old]) as (listener, sender):
        bodies = [sender.ask(get(number)).body for number in range(2)]

    assert bodies == ["Café".encode()] * 2
    assert listener.connections == 2


def test_a_connection_that_was_closed_in_between_is_no_error() -> None:
    """Whether that is seen before or after the next request is sent."""
    with service([OK], [OK]) as (listener, sender):
        first = sender.ask(get(1))
        time.sleep(0.05)
        second = sender.ask(get(2))

    assert (first.status, second.status, listener.connections) == (200, 200, 2)


def test_a_connection_that_is_closed_when_it_is_used_again_is_tried_once_more() -> None:
    """The service read the request, and went away."""

    def talk(connection: socket.socket) -> None:
        listener.hear(connection)
        connection.sendall(OK)
        listener.hear(connection)

    def answers(connection: socket.socket) -> None:
        listener.hear(connection)
        connection.sendall(OK)

    listener = Listener(talk, answers)
    with Sender(listener.port, LogPlan(Path("log"), timeout=2)) as sender:
        statuses = [sender.ask(get(number)).status for number in range(2)]
    listener.close()

    assert statuses == [200, 200]
    assert len(listener.heard) == 3


def test_a_request_that_may_change_something_is_sent_once() -> None:
    """On a connection of its own."""
    with service([OK], [b""], [OK]) as (listener, sender):
        sender.ask(get(1))
        answer = sender.ask(get(2, method="POST"))

    assert answer.status == 0
    assert answer.error == "closed: the service closed the connection without an answer"
    assert len(listener.heard) == 2


BROKEN = {
    "no http": (b"SSH-2.0-x\r\n", "broken: this is no answer of HTTP"),
    "cut off": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "broken: the answer ended"),
    "cut off in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "broken: the answer ended before its end",
    ),
    "nonsense for a chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab",
        "broken: ",
    ),
    "nothing": (b"", "closed: the service closed the connection without an answer"),
    "too many headers": (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", "broken: "),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_answer_says_what_is_broken(kind: str) -> None:
    """It is an answer with status 0; the next request is answered."""
    sent, why = BROKEN[kind]
    with service([sent], [OK]) as (_, sender):
        answer = sender.ask(get(1))
        following = sender.ask(get(2))

    assert (answer.status, answer.is_error) == (0, True)
    assert answer.error.startswith(why)
    assert following.status == 200


def test_a_service_that_drips_is_out_of_time() -> None:
    """However often it sends a byte."""

    def talk(connection: socket.socket) -> None:
        listener.hear(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(60):
            connection.sendall(b"x")
            time.sleep(0.05)

    listener = Listener(talk)
    with Sender(listener.port, LogPlan(Path("log"), timeout=0.4)) as sender:
        answer = sender.ask(get())
    listener.close()

    assert answer.error == "timeout: no whole answer within 0.4 s"
    assert 0.3 < answer.seconds < 1.5


def test_nobody_listens() -> None:
    """A service that died."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Sender(port, LogPlan(Path("log"), timeout=2)) as sender:
        answer = sender.ask(get())

    assert answer.error == "refused: nothing listens on the port of the service"


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_body_that_is_too_large_is_no_answer(
    is_compressed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is sent, or as it is when it is not compressed."""
    monkeypatch.setattr(sending, "LARGEST", 5_000)
    monkeypatch.setattr("shelflife.rehearse.answers.encodings.LARGEST", 5_000)
    body = gzip.compress(b"x" * 100_000) if is_compressed else b"x" * 100_000
    encoding = b"Content-Encoding: gzip\r\n" if is_compressed else b""
    head = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (encoding, len(body))
    with service([head + body]) as (_, sender):
        answer = sender.ask(get())

    assert answer.error.startswith("too large: its body is above")


def test_compression_is_undone() -> None:
    """What claims to be compressed and is not stays as it is."""
    body = gzip.compress(b"Hello")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    with service([head % len(body) + body, head % 5 + b"Hello"]) as (_, sender):
        bodies = [sender.ask(get(number)).body for number in range(2)]

    assert bodies == [b"Hello", b"Hello"]


def test_the_headers_of_the_log_are_sent() -> None:
    """But for those about the connection, those that are dropped, and those that the plan gives."""
    plan = LogPlan(
        Path("log"),
        host="api.example.com:{port}",
        headers={"Authorization": "Bearer x", "X-Port": "{port}"},
        drop_headers=frozenset(["cookie"]),
    )
    given = (
        ("Accept-Language", "pt"),
        ("Cookie", "a=1"),
        ("authorization", "of the log"),
        ("Connection", "close"),
        ("Accept-Encoding", "br, gzip;q=0.5"),
        ("X-Name", "José"),
        ("X-Far", "日"),
    )
    with service([OK]) as (listener, _), Sender(listener.port, plan) as sender:
        assert sender.ask(Request(0, "GET", "/", given)).status == 200

    lines = listener.heard[0].split(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    assert lines == [
        b"Host: api.example.com:%d" % listener.port,
        b"Accept-Language: pt",
        b"Accept-Encoding: gzip;q=0.5",
        b"X-Name: Jos\xe9",
        "X-Far: 日".encode(),
        b"Authorization: Bearer x",
        b"X-Port: %d" % listener.port,
    ]


def test_a_log_without_encodings_asks_for_none() -> None:
    """Nor is anything else added."""
    with service([OK]) as (listener, sender):
        sender.ask(get())

    assert listener.heard[0].count(b"\r\n") == 3


@pytest.mark.parametrize("target", ["/a b", "/a\r\nX: y", "/é"])
def test_a_target_that_cannot_be_sent_is_told(target: str) -> None:
    """Nothing is raised, nothing is sent, and the next request is answered."""
    with service([OK], [OK]) as (listener, sender):
        answer = sender.ask(Request(0, "GET", target))
        following = sender.ask(get())

    assert answer.error == "not sent: its target is no target of HTTP"
    assert following.status == 200
    assert len(listener.heard) == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything stays on this machine."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with service([OK]) as (_, sender):
        answer = sender.ask(get())

    assert answer.status == 200


def test_the_head_of_an_answer_has_no_body() -> None:
    """Though it tells a length."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with service([head, OK]) as (_, sender):
        answers = [sender.ask(get(1, method="HEAD")), sender.ask(get(2))]

    assert [(each.status, each.body) for each in answers] == [(200, b""), (200, b"ok")]
