"""Operations driven from a list of replies: no server, no loop, no clock."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from shelflife import operations
from shelflife.codecs import Codecs
from shelflife.envelope import seal
from shelflife.errors import ServerError
from shelflife.events import Recorder
from shelflife.operations import DEFAULT, Compute, Context, EntryReader, EntryWriter, Share
from shelflife.stores.commands import Get, GetMany, Increment, Replace, Scan, Set, Unlink

DOWN = ServerError("timeout", "no answer")


def context(prefix: str = "api:", ttl: Optional[int] = 300_000) -> Context:
    codecs = Codecs()
    return Context(
        prefix,
        ttl,
        EntryReader(codecs, None, 10_000),
        EntryWriter(codecs, None, 10_000, guard=False, compress=False, writer=None),
        Recorder(),
        raises=False,
    )


def drive(operation: Any, *replies: Any) -> tuple[list[Any], Any]:
    """Send the replies one after another; give what was asked and what came out."""
    asked = []
    try:
        command = next(operation)
        for reply in replies:
            asked.append(command)
            if isinstance(reply, Exception):
                command = operation.throw(reply)
            else:
                command = operation.send(reply)
    except StopIteration as stop:
        return asked, stop.value
    raise AssertionError(f"asked for more: {command}")


ENTRY = seal(3, b"value", guard=False)


def test_a_get_asks_once() -> None:
    """One command, and the prefix before the key."""
    assert drive(operations.get(context(), "k", None, None), ENTRY) == ([Get(b"api:k")], "value")


def test_a_failing_server_is_a_miss() -> None:
    """For every read, and told once."""
    failing = context()

    assert drive(operations.get(failing, "k", 7, None), DOWN)[1] == 7
    assert drive(operations.has(failing, "k"), DOWN)[1] is False
    assert drive(operations.get_many(failing, ["a", "b"], None), DOWN)[1] == {}
    counters = failing.recorder.counters()
    assert counters.misses == {"unavailable": 4}
    assert counters.server_errors == {"timeout": 3}


def test_a_batch_goes_on_after_a_failed_command() -> None:
    """What the other commands of the batch gave is kept."""
    keys = [f"{n}" for n in range(501)]
    asked, found = drive(operations.get_many(context(), keys, None), DOWN, [ENTRY])

    assert found == {"500": "value"}
    assert asked[1] == GetMany((b"api:500",))


def test_a_set_that_the_server_refuses_unlinks() -> None:
    """Out of memory: the old value must not outlive its update, and unlinking needs no memory."""
    full = ServerError("out-of-memory", "OOM")
    asked, stored = drive(operations.set_(context(), "k", "value", DEFAULT), full, 1)

    assert stored is False
    assert asked == [Set(b"api:k", ENTRY, 300_000), Unlink((b"api:k",))]


def test_an_unlink_that_fails_is_a_lost_invalidation() -> None:
    """It has a counter of its own."""
    replica = context()
    denied = ServerError("read-only", "READONLY")

    assert drive(operations.set_(replica, "k", 1, DEFAULT), denied, denied)[1] is False
    assert drive(operations.delete(replica, "k"), DOWN)[1] is None
    assert drive(operations.delete_many(replica, ["a", "b"]), DOWN)[1] is None
    assert replica.recorder.counters().lost_invalidations == 4


def test_clear_walks_the_whole_keyspace() -> None:
    """Cursors are passed on as they are; empty pages ask for nothing to be unlinked."""
    asked, removed = drive(
        operations.clear(context()), ("opaque", []), ("next", [b"api:a", b"api:b"]), 2, (None, [])
    )

    assert removed == 2
    assert asked == [
        Scan(b"api:", None),
        Scan(b"api:", "opaque"),
        Unlink((b"api:a", b"api:b")),
        Scan(b"api:", "next"),
    ]


def test_incr_turns_an_enveloped_int_atomically() -> None:
    """Compare-and-set; if somebody was faster, it looks again."""
    seven = seal(1, b"\x07", guard=False)
    asked, number = drive(operations.incr(context(), "n", 2, DEFAULT), seven, False, 12)

    assert number == 12
    increment = Increment(b"api:n", 2, 300_000)
    assert asked == [increment, Replace(b"api:n", seven, b"9"), increment]


def test_get_or_compute_looks_again_before_computing() -> None:
    """Another thread may have stored the value between our miss and our turn."""
    operation = operations.get_or_compute(context(), "k", lambda: "computed", DEFAULT, None)
    assert next(operation) == Get(b"api:k")
    share = operation.send(None)
    assert isinstance(share, Share)

    assert drive(share.operation(), ENTRY)[1] == "value"
    asked, value = drive(share.operation(), None, "computed", True)
    assert value == "computed"
    assert isinstance(asked[1], Compute)


@pytest.mark.parametrize("kind", ["timeout", "read-only"])
def test_a_failed_store_does_not_spoil_a_computation(kind: str) -> None:
    """The caller asked for a value."""
    operation = operations.get_or_compute(context(), "k", lambda: 5, DEFAULT, None)
    next(operation)
    share = operation.throw(DOWN)

    replies = [5, ServerError(kind, "")] + ([1] if kind == "read-only" else [])
    assert drive(share.operation(), *replies)[1] == 5
