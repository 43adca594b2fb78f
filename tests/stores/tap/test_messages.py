"""RESP cut into messages, however its bytes come."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from shelflife.stores.replies import ErrorReply
from shelflife.stores.tap.messages import NotRespError, Push, Replies, Requests

REQUESTS: list[tuple[bytes, list[tuple[bytes, ...]]]] = [
    (b"*1\r\n$4\r\nPING\r\n", [(b"PING",)]),
    (b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n", [(b"GET", b"")]),
    (b"*2\r\n$3\r\nGET\r\n$4\r\n\r\n*1\r\n", [(b"GET", b"\r\n*1")]),
    (b"*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n", [(), (), (b"PING",)]),
    (b"PING\r\n  get  a\nset k 'it\\'s' \"\\x41\\n\\\"b\"\r\n", [
        (b"PING",), (b"get", b"a"), (b"set", b"k", b"it's", b'A\n"b'),
    ]),
    (b"\r\n*1\r\n$4\r\nPING\r\nPING\r\n", [(), (b"PING",), (b"PING",)]),
]  # fmt: skip
REPLIES: list[tuple[bytes, list[Any]]] = [
    (b"+OK\r\n:12\r\n:-1\r\n", [b"OK", 12, -1]),
    (b"$5\r\na\r\nb\xff\r\n$0\r\n\r\n$-1\r\n*-1\r\n", [b"a\r\nb\xff", b"", None, None]),
    (b"*3\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n$-1\r\n", [[b"a", [1, []], None]]),
    (b"_\r\n#t\r\n#f\r\n,1.5\r\n(123\r\n", [None, True, False, b"1.5", b"123"]),
    (b"=5\r\ntxt:a\r\n", [b"a"]),
    (b"%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n~2\r\n:1\r\n:2\r\n", [[b"a", 1, b"b", [1, 2]]]),
    (b">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n:1\r\n", [[b"invalidate", [b"k"]], 1]),
    (b"|1\r\n+ttl\r\n:3\r\n$1\r\na\r\n*1\r\n|1\r\n+x\r\n:1\r\n:7\r\n", [b"a", [7]]),
]  # fmt: skip


def pieces(data: bytes, size: int) -> list[bytes]:
    """Cut data into pieces of that size."""
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("data", "expected"), REQUESTS)
def test_requests(data: bytes, expected: list[tuple[bytes, ...]], size: int) -> None:
    """Arrays and lines, whole or in pieces."""
    parser = Requests()
    found = [words for piece in pieces(data * 3, size) for words in parser.feed(piece)]

    assert found == expected * 3


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("data", "expected"), REPLIES)
def test_replies(data: bytes, expected: list[Any], size: int) -> None:
    """All types of both versions, whole or in pieces."""
    parser = Replies()
    found = [reply for piece in pieces(data * 3, size) for reply in parser.feed(piece)]

    assert found == expected * 3


def test_pushes_and_errors_are_told_apart() -> None:
    """A push is no reply; an error keeps its words."""
    push, error, bulk = Replies().feed(b">1\r\n:1\r\n-WRONGTYPE no\r\n!7\r\nERR bad\r\n")

    assert type(push) is Push
    assert isinstance(error, ErrorReply)
    assert error.code == "WRONGTYPE"
    assert isinstance(bulk, ErrorReply)


@pytest.mark.parametrize(
    "data",
    [
        b"*1\r\n:1\r\n",
        b"*x\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n$99999999999\r\n",
        b"get 'unbalanced\r\n",
        b"x" * 70_000,
        b"*1\r\n" + b"1" * 70_000,
    ],
)
def test_no_requests(data: bytes) -> None:
    """What no client of a server sends is given up on; what was before it is kept."""
    with pytest.raises(NotRespError) as caught:
        Requests().feed(b"PING\r\n" + data)

    assert caught.value.args[0] == [(b"PING",)]


@pytest.mark.parametrize(
    "data", [b"hello\r\n", b":x\r\n", b"$3\r\nabcde", b"$1_0\r\n", b"_x\r\n", b"+" + b"x" * 70_000]
)
def test_no_replies(data: bytes) -> None:
    """The same for what no server sends."""
    with pytest.raises(NotRespError) as caught:
        Replies().feed(b"+OK\r\n" + data)

    assert caught.value.args[0] == [b"OK"]


@pytest.mark.parametrize("kind", [Requests, Replies])
def test_garbage(kind: type[Requests | Replies]) -> None:
    """Whatever comes is a message or is given up on, within bounded time."""
    draw = random.Random(7)
    alphabet = [b"*", b"$", b"1", b"9", b"-", b"\r\n", b"\n", b"%", b">", b"a", b"\xff", b"'"]
    began = time.monotonic()
    for _ in range(5_000):
        parser = kind()
        try:
            for piece in pieces(b"".join(draw.choices(alphabet, k=40)), draw.randint(1, 40)):
                parser.feed(piece)
        except NotRespError:
            pass

    assert time.monotonic() - began < 10


def test_what_is_announced_takes_no_memory() -> None:
    """Deep nesting and huge lengths cost what has come, not what is to come."""
    parser = Replies()

    assert parser.feed(b"*500000000\r\n" * 20_000) == []
    assert parser.feed(b"$500000000\r\n") == []
    assert parser.feed(b"x" * 100) == []


def test_a_big_value_in_pieces_takes_linear_time() -> None:
    """16 MiB in pieces of 4 KiB are joined once."""
    value = b"x" * (16 << 20)
    parser = Replies()
    began = time.monotonic()
    found = [
        reply
        for piece in pieces(b"$16777216\r\n%s\r\n" % value, 4096)
        for reply in parser.feed(piece)
    ]

    assert found == [value]
    assert time.monotonic() - began < 5
