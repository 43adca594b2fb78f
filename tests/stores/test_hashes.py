"""Hashes on every kind of store."""

from __future__ import annotations

import time
from typing import Any, Callable

from shelflife.stores.commands import (
    WRONG_TYPE,
    AddToFields,
    Command,
    Get,
    ReadFields,
    ReadHash,
    Set,
    SwapFields,
    Unlink,
    WriteFields,
)

Ask = Callable[[Command], Any]
KEY = b"shelflife:fleet:{x}"


def test_what_is_written_is_read(ask: Ask) -> None:
    """Whole and in part, until it is removed."""
    assert ask(ReadHash(KEY, 10)).fields == {}
    assert ask(WriteFields(KEY, ((b"a", b"1"), (b"b", b"\x00\xff")))) is True

    assert ask(ReadHash(KEY, 10))[:2] == ({b"a": b"1", b"b": b"\x00\xff"}, 2)
    assert ask(ReadFields(KEY, (b"b", b"none", b"a"))).values == [b"\x00\xff", None, b"1"]
    assert ask(WriteFields(KEY, (), (b"a", b"none"))) is True
    assert ask(ReadHash(KEY, 10)).fields == {b"b": b"\x00\xff"}
    assert ask(Unlink((KEY,))) == 1
    assert ask(ReadFields(KEY, (b"b",))).values == [None]


def test_the_clock_goes_on(ask: Ask) -> None:
    """It comes with each read, in seconds."""
    first = ask(ReadHash(KEY, 10)).now
    time.sleep(0.05)

    assert 0.04 < ask(ReadFields(KEY, (b"a",))).now - first < 5


def test_a_large_hash_is_not_read(ask: Ask) -> None:
    """Only its size is."""
    ask(WriteFields(KEY, tuple((b"%d" % number, b"x") for number in range(11))))

    assert ask(ReadHash(KEY, 10))[:2] == ({}, 11)
    assert len(ask(ReadHash(KEY, 11)).fields) == 11


def test_a_swap_needs_what_was_expected(ask: Ask) -> None:
    """Else it changes nothing."""
    assert ask(SwapFields(KEY, b"v", b"1", ((b"v", b"2"),))) is False
    assert ask(SwapFields(KEY, b"v", None, ((b"v", b"1"), (b"a", b"x")))) is True
    assert ask(SwapFields(KEY, b"v", None, ((b"v", b"2"),))) is False
    assert ask(SwapFields(KEY, b"v", b"1", ((b"v", b"2"),), (b"a",))) is True

    assert ask(ReadHash(KEY, 10)).fields == {b"v": b"2"}


def test_numbers_are_added_up(ask: Ask) -> None:
    """In each field for itself; one that holds something else keeps it."""
    assert ask(AddToFields(KEY, ((b"a", 2), (b"b", 1)), 60_000)) == 0
    ask(WriteFields(KEY, ((b"text", b"x"),)))
    assert ask(AddToFields(KEY, ((b"a", 3), (b"text", 1), (b"c", 7)), 60_000)) == 3

    assert ask(ReadHash(KEY, 10)).fields == {b"a": b"5", b"b": b"1", b"c": b"7", b"text": b"x"}


def test_added_numbers_expire(ask: Ask) -> None:
    """After the time that the last addition said."""
    ask(AddToFields(KEY, ((b"a", 1),), 60_000))
    ask(AddToFields(KEY, ((b"a", 1),), 40))
    time.sleep(0.1)
    ask(AddToFields(KEY, ((b"a", 1),), 60_000))

    assert ask(ReadHash(KEY, 10)).fields == {b"a": b"1"}


def test_another_type_is_said_to_be_one(ask: Ask) -> None:
    """By every command, and nothing is changed."""
    ask(Set(KEY, b"text", None))

    for command in (
        ReadHash(KEY, 10),
        ReadFields(KEY, (b"v",)),
        WriteFields(KEY, ((b"v", b"1"),)),
        SwapFields(KEY, b"v", None, ((b"v", b"1"),)),
        AddToFields(KEY, ((b"v", 1),), 1000),
    ):
        assert ask(command) is WRONG_TYPE
    assert ask(Get(KEY)) == b"text"
    ask(Unlink((KEY,)))
    ask(WriteFields(KEY, ((b"v", b"1"),)))
    assert ask(Get(KEY)) is WRONG_TYPE
