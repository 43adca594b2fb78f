"""What is overheard of one connection, without any server."""

from __future__ import annotations

from typing import Union

import hiredis
import pytest

from shelflife.stores.tap import Effect
from shelflife.stores.tap.conversation import Conversation
from stores.tap.told import Told

Step = Union[tuple[str, ...], bytes]
"""A command of the client, or bytes of the server."""

READ = Effect("read", b"k", b"v")
WRITE = Effect("write", b"k", b"v")


def hold(*steps: Step, size: int = 1000) -> tuple[Told, Conversation]:
    """Hold a conversation, its bytes in pieces of that size."""
    told = Told()
    conversation = Conversation(3, told.append)
    for number, step in enumerate(steps):
        data = step if isinstance(step, bytes) else pack(*step)
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            if isinstance(step, bytes):
                conversation.hear_server(piece)
            else:
                conversation.hear_client(piece, float(number))
    return told, conversation


def pack(*words: str) -> bytes:
    """Give the bytes of a command."""
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]
    return packed


SET: Step = ("SET", "k", "v")
GET: Step = ("GET", "k")
OK, VALUE, QUEUED = b"+OK\r\n", b"$1\r\nv\r\n", b"+QUEUED\r\n"

CASES: dict[str, tuple[list[Step], list[tuple[str, list[Effect]]]]] = {
    "one after the other": ([SET, OK, GET, VALUE], [("SET", [WRITE]), ("GET", [READ])]),
    "in a pipeline": ([SET, GET, OK + VALUE], [("SET", [WRITE]), ("GET", [READ])]),
    "an error does nothing": ([SET, b"-OOM no\r\n"], [("SET", [])]),
    "a push answers nothing": ([GET, b">1\r\n+x\r\n" + VALUE], [("GET", [READ])]),
    "of a transaction, when it is carried out": (
        [("MULTI",), OK, SET, QUEUED, GET, QUEUED, ("EXEC",), b"*2\r\n" + OK + VALUE],
        [("MULTI", []), ("SET", [WRITE]), ("GET", [READ]), ("EXEC", [])],
    ),
    "of a transaction in a pipeline": (
        [("MULTI",), SET, ("EXEC",), OK + QUEUED + b"*1\r\n" + OK],
        [("MULTI", []), ("SET", [WRITE]), ("EXEC", [])],
    ),
    "an error within a transaction": (
        [("MULTI",), SET, GET, ("EXEC",), OK + QUEUED * 2 + b"*2\r\n-WRONGTYPE x\r\n" + VALUE],
        [("MULTI", []), ("SET", []), ("GET", [READ]), ("EXEC", [])],
    ),
    "a watched key was changed": (
        [("MULTI",), SET, ("EXEC",), OK + QUEUED + b"*-1\r\n"],
        [("MULTI", []), ("EXEC", [])],
    ),
    "a transaction was refused": (
        [
            ("MULTI",), SET, ("NO",), ("EXEC",), OK + QUEUED + b"-ERR x\r\n-EXECABORT x\r\n",
            GET, VALUE,
        ],
        [("MULTI", []), ("NO", []), ("EXEC", []), ("GET", [READ])],
    ),
    "a transaction was given up": (
        [("MULTI",), SET, ("DISCARD",), OK + QUEUED + OK, SET, OK],
        [("MULTI", []), ("DISCARD", []), ("SET", [WRITE])],
    ),
    "no transaction was begun": (
        [("MULTI",), SET, ("EXEC",), b"-NOPERM x\r\n" + OK + b"-ERR EXEC without MULTI\r\n"],
        [("MULTI", []), ("SET", [WRITE]), ("EXEC", [])],
    ),
    "another database": (
        [("SELECT", "2"), SET, OK + OK, ("RESET",), b"+RESET\r\n", SET, OK],
        [("SELECT", []), ("SET", [WRITE._replace(database=2)]), ("RESET", []), ("SET", [WRITE])],
    ),
    "a database that there is not": (
        [("SELECT", "99"), SET, b"-ERR x\r\n" + OK],
        [("SELECT", []), ("SET", [WRITE])],
    ),
    "a database within a transaction": (
        [("MULTI",), ("SELECT", "2"), SET, ("EXEC",), OK + QUEUED * 2 + b"*2\r\n" + OK + OK],
        [("MULTI", []), ("SELECT", []), ("SET", [WRITE._replace(database=2)]), ("EXEC", [])],
    ),
    "replies are off": (
        [("CLIENT", "REPLY", "OFF"), SET, GET, ("CLIENT", "REPLY", "ON"), OK, GET, VALUE],
        [("CLIENT", []), ("SET", [WRITE]), ("GET", []), ("CLIENT", []), ("GET", [READ])],
    ),
    "one reply is skipped, behind another": (
        [GET, ("CLIENT", "REPLY", "SKIP"), SET, GET, VALUE + VALUE],
        [("GET", [READ]), ("CLIENT", []), ("SET", [WRITE]), ("GET", [READ])],
    ),
    "after SUBSCRIBE nobody listens": (
        [GET, ("SUBSCRIBE", "c"), SET, VALUE + b"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n" + OK],
        [("GET", [READ])],
    ),
    "after MONITOR neither": ([("MONITOR",), OK, b"+123.4 [0 x] hello\r\n"], []),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize("case", CASES)
def test_what_is_told(case: str, size: int) -> None:
    """Each command in the order in which it was carried out, however its bytes came."""
    steps, expected = CASES[case]
    told, conversation = hold(*steps, size=size)

    assert [(one.command, list(one.effects)) for one in told] == expected
    assert conversation.errors == 0


def test_the_rest_of_an_exchange() -> None:
    """When the command came, whether it failed, and on which connection."""
    told, _ = hold(GET, SET, VALUE + b"-OOM no\r\n")

    assert [(one.began, one.failed, one.connection) for one in told] == [
        (0.0, False, 3),
        (1.0, True, 3),
    ]


def test_a_transaction_began_when_it_was_carried_out() -> None:
    """Its commands did nothing when they came."""
    told, _ = hold(("MULTI",), OK, SET, QUEUED, ("EXEC",), b"*1\r\n" + OK)

    assert [one.began for one in told] == [0.0, 4.0, 4.0]


def test_passwords_are_not_told() -> None:
    """Neither of AUTH and HELLO, nor of who took a password for a command."""
    told, _ = hold(
        ("AUTH", "me", "s3cret"), OK,
        ("HELLO", "3", "AUTH", "me", "s3cret"), b"%0\r\n",
        ("S3CRET", "s3cret"), b"-ERR unknown command 'S3CRET'\r\n",
        ("CONFIG", "SET", "requirepass", "s3cret"), OK,
    )  # fmt: skip

    assert [one.command for one in told] == ["AUTH", "HELLO", "?", "CONFIG"]
    assert "s3cret" not in repr(told).lower()


@pytest.mark.parametrize(
    ("steps", "before"),
    [
        ([GET, VALUE, b"what is this\r\n", GET, VALUE], 1),
        ([GET, VALUE, b":1\r\n", GET, VALUE], 1),  # a reply nobody asked for
        ([("MULTI",), OK, ("CLIENT", "REPLY", "OFF"), SET, OK], 1),
        ([("MULTI",), SET, ("EXEC",), OK + QUEUED + b"*0\r\n"], 2),
    ],
)
def test_what_cannot_be_understood(steps: list[Step], before: int) -> None:
    """It is counted, and nothing is made up after it."""
    told, conversation = hold(*steps)

    assert conversation.errors == 1
    assert len(told) == before


def test_garbage_of_the_client() -> None:
    """What came before it is still told."""
    told = Told()
    conversation = Conversation(1, told.append)
    conversation.hear_client(pack("GET", "k") + b"*x\r\n" + pack("SET", "k", "v"), 0.0)
    conversation.hear_server(VALUE + b"-ERR Protocol error: invalid multibulk length\r\n")

    assert told.effects() == [READ]
    assert conversation.errors == 1


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (("SET", "k", "v", "EX"), OK),
        (("SET", "k", "v", "EX", "soon"), OK),
        (("SET", "k"), OK),
        (("MGET", "k"), b":1\r\n"),
        (("EVAL", "return 1", "many"), b":1\r\n"),
        (("ZADD", "k"), b":1\r\n"),
        (("SELECT",), OK),
    ],
)
def test_words_that_do_not_fit(words: tuple[str, ...], reply: bytes) -> None:
    """A server that says otherwise than it should is no reason to stop listening."""
    told, conversation = hold(words, reply, GET, VALUE)

    assert told.effects("GET") == [READ]
    assert conversation.errors == 1
