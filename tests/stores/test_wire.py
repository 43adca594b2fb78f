from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

import hiredis
import pytest

from shelflife.errors import ServerError
from shelflife.stores import policy
from shelflife.stores.atomic import Scripting
from shelflife.stores.commands import (
    WRONG_TYPE,
    Command,
    Expire,
    Get,
    GetMany,
    Increment,
    Remove,
    Replace,
    Scan,
    Set,
    SetMany,
    TimeToLive,
    Unlink,
)
from shelflife.stores.replies import ErrorReply
from shelflife.stores.wire import converse, pack

WRONG = ErrorReply("WRONGTYPE Operation against a key holding the wrong kind of value")
NO_EVAL = ErrorReply("NOPERM this user has no permissions to run the 'eval' command")
READ_ONLY = ErrorReply("READONLY You can't write against a read only replica.")


def talk(command: Command, replies: Sequence[Any], scripting: Any = None) -> tuple[Any, list[Any]]:
    """Drive a conversation from a list; give its result and what it sent."""
    conversation = converse(command, scripting or Scripting())
    sent = []
    try:
        request = next(conversation)
        for reply in replies:
            sent.append(request)
            request = conversation.send(reply)
    except StopIteration as stop:
        assert len(sent) == len(replies)
        return stop.value, sent
    raise AssertionError("the conversation wants more replies")


@pytest.mark.parametrize(
    ("command", "words", "reply", "result"),
    [
        (Get(b"k"), (b"GET", b"k"), b"v", b"v"),
        (Get(b"k"), (b"GET", b"k"), None, None),
        (Get(b"k"), (b"GET", b"k"), WRONG, WRONG_TYPE),
        (GetMany((b"a", b"b")), (b"MGET", b"a", b"b"), [b"1", None], [b"1", None]),
        (Set(b"k", b"v", None), (b"SET", b"k", b"v"), b"OK", True),
        (Set(b"k", b"v", 5), (b"SET", b"k", b"v", b"PX", b"5"), b"OK", True),
        (Set(b"k", b"v", 5, True), (b"SET", b"k", b"v", b"PX", b"5", b"NX"), None, False),
        (Unlink((b"a", b"b")), (b"UNLINK", b"a", b"b"), 1, 1),
        (Expire(b"k", 7), (b"PEXPIRE", b"k", b"7"), 0, False),
        (TimeToLive(b"k"), (b"PTTL", b"k"), -2, -2),
        (
            Scan(b"a*?[]\\^-", None),
            (b"SCAN", b"0", b"MATCH", b"a\\*\\?\\[\\]\\\\^-*", b"COUNT", b"1000"),
            [b"12", [b"x"]],
            (b"12", [b"x"]),
        ),
        (
            Scan(b"", b"12"),
            (b"SCAN", b"12", b"MATCH", b"*", b"COUNT", b"1000"),
            [b"0", []],
            (None, []),
        ),
    ],
)
def test_one_command_is_one_request(
    command: Command, words: tuple[bytes, ...], reply: Any, result: Any
) -> None:
    """And its reply is the one that the command's docstring promises."""
    assert talk(command, [reply]) == (result, [words])


@pytest.mark.parametrize(
    ("replies", "result"), [([1, -1], True), ([0, -1], True), ([0, -2], False)]
)
def test_persisting_is_told_from_a_missing_entry(replies: list[int], result: bool) -> None:
    """PERSIST alone answers both in the same way."""
    assert talk(Expire(b"k", None), [replies])[0] is result


@pytest.mark.parametrize("command", [GetMany(()), SetMany((), 1), Unlink(())])
def test_nothing_is_asked_for_nothing(command: Command) -> None:
    """An empty batch sends nothing: the server would call it an error."""
    result, sent = talk(command, [])
    assert (result or 0, sent) in ((0, []), ([], []))


def test_each_entry_of_a_batch_has_its_own_result() -> None:
    """One that is refused does not hide that the others were stored."""
    oom = ErrorReply("OOM command not allowed when used memory > 'maxmemory'.")
    (first, second), sent = talk(SetMany(((b"a", b"1"), (b"b", b"2")), 3), [[b"OK", oom]])
    assert first is True
    assert (type(second), second.kind) == (ServerError, "out-of-memory")
    assert sent == [[(b"SET", b"a", b"1", b"PX", b"3"), (b"SET", b"b", b"2", b"PX", b"3")]]
    with pytest.raises(ServerError, match="read-only"):
        talk(SetMany(((b"a", b"1"), (b"b", b"2")), 3), [[READ_ONLY, READ_ONLY]])


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (Get(b"k"), 5),
        (Get(b"k"), [b"v"]),
        (GetMany((b"a", b"b")), [b"v"]),
        (GetMany((b"a",)), [7]),
        (Set(b"k", b"v", None), b"v"),
        (Unlink((b"a",)), b"OK"),
        (TimeToLive(b"k"), None),
        (Expire(b"k", 4), b"1"),
        (Scan(b"", None), [b"0"]),
        (Increment(b"k", 1, None), b"1"),
        (Replace(b"k", b"1", b"2"), b"OK"),
        (Remove(b"k", b"1"), b"OK"),
    ],
)
def test_a_reply_of_another_kind_is_never_passed_on(command: Command, reply: Any) -> None:
    """It would be an answer to somebody else."""
    with pytest.raises(ServerError, match="protocol"):
        talk(command, [reply])


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ([b"is", b"9223372036854775807"], 2**63 - 1),
        ([b"overflow"], None),
        ([b"other", b"no counter"], b"no counter"),
        (WRONG, WRONG_TYPE),
    ],
)
def test_a_script_counts_in_one_round_trip(reply: Any, result: Any) -> None:
    """Its numbers come as text, exact to the last digit."""
    got, sent = talk(Increment(b"k", 2, 300), [reply])
    assert (got, len(sent)) == (result, 1)
    assert sent[0][0] == b"EVAL"
    assert sent[0][2:] == (b"1", b"k", b"2", b"300")


@pytest.mark.parametrize(
    ("entry", "words", "result"),
    [
        (None, (b"SET", b"k", b"2", b"PX", b"300"), 2),
        (b"40", (b"INCRBY", b"k", b"2"), 42),
        (b"-0", (b"DISCARD",), b"-0"),
        (b"07", (b"DISCARD",), b"07"),
        (b"9223372036854775806", (b"DISCARD",), None),
        (b"9223372036854775808", (b"DISCARD",), b"9223372036854775808"),
        (WRONG, (b"DISCARD",), WRONG_TYPE),
    ],
)
def test_without_scripts_the_counter_is_watched(
    entry: Any, words: tuple[bytes, ...], result: Any
) -> None:
    """Only the first call asks for a script in vain."""
    scripting = Scripting()
    watched = [b"OK", entry, b"OK"]
    if words == (b"DISCARD",):
        end: list[Any] = [b"OK"]
    else:
        end = [b"QUEUED", [b"OK" if entry is None else result]]
    got, sent = talk(Increment(b"k", 2, 300), [NO_EVAL, watched, end], scripting)
    assert got == result
    assert sent[1:] == [
        [(b"WATCH", b"k"), (b"GET", b"k"), (b"MULTI",)],
        [words] if words == (b"DISCARD",) else [words, (b"EXEC",)],
    ]
    assert talk(Increment(b"k", 2, 300), [watched, end], scripting)[0] == result


def test_a_watched_counter_that_changed_is_read_again() -> None:
    """As often as others change it; the call's deadline bounds this."""
    scripting = Scripting()
    scripting.denied = True
    replies = [
        [b"OK", b"1", b"OK"],
        [b"QUEUED", None],
        [b"OK", b"5", b"OK"],
        [b"QUEUED", [6]],
    ]
    assert talk(Increment(b"k", 1, None), replies, scripting)[0] == 6


@pytest.mark.parametrize(
    ("entry", "end", "result"),
    [
        (b"old", [b"QUEUED", [b"OK"]], True),
        (b"old", [b"QUEUED", [None]], False),
        (b"old", [b"QUEUED", None], False),
        (b"newer", [b"OK"], False),
        (None, [b"OK"], False),
        (WRONG, [b"OK"], False),
    ],
)
def test_without_scripts_a_replacement_is_watched(entry: Any, end: list[Any], result: bool) -> None:
    """It stores only over what it was told to expect."""
    scripting = Scripting()
    scripting.denied = True
    got, sent = talk(Replace(b"k", b"old", b"new"), [[b"OK", entry, b"OK"], end], scripting)
    assert got is result
    assert ([(b"SET", b"k", b"new", b"XX", b"KEEPTTL"), (b"EXEC",)] in sent) is (entry == b"old")


@pytest.mark.parametrize(
    ("entry", "end", "result"),
    [
        (b"old", [b"QUEUED", [1]], True),
        (b"old", [b"QUEUED", [0]], False),
        (b"old", [b"QUEUED", None], False),
        (b"newer", [b"OK"], False),
        (None, [b"OK"], False),
        (WRONG, [b"OK"], False),
    ],
)
def test_without_scripts_a_removal_is_watched(entry: Any, end: list[Any], result: bool) -> None:
    """It takes away only what it was told to expect."""
    scripting = Scripting()
    scripting.denied = True
    got, sent = talk(Remove(b"k", b"old"), [[b"OK", entry, b"OK"], end], scripting)
    assert got is result
    assert ([(b"UNLINK", b"k"), (b"EXEC",)] in sent) is (entry == b"old")


@pytest.mark.parametrize("at", ["watch", "queue"])
def test_where_locking_is_denied_as_well_the_missing_right_is_named(at: str) -> None:
    """With the kind that a metric counts."""
    denied = ErrorReply("NOPERM this user has no permissions to run the 'watch' command")
    if at == "watch":
        replies: list[Any] = [NO_EVAL, [denied, b"1", b"OK"]]
    else:
        aborted = ErrorReply("EXECABORT Transaction discarded because of previous errors.")
        replies = [NO_EVAL, [b"OK", b"1", b"OK"], [denied, aborted]]
    with pytest.raises(ServerError, match=r"^denied: .*'watch'.*EVAL, or WATCH") as caught:
        talk(Increment(b"k", 1, None), replies)
    assert not policy.may_keep(caught.value, Increment(b"k", 1, None))


def test_an_amount_beyond_64_bits_is_not_sent() -> None:
    """No sum with it fits; and a server without a counter would store it as it is."""
    assert talk(Increment(b"k", 2**63, None), []) == (None, [])


def test_packed_words_read_back_as_they_were() -> None:
    """One command or several, text or bytes."""
    words: tuple[Union[bytes, str], ...] = (b"SET", "k\u00e9", b"\r\n\x00", b"")
    reader = hiredis.Reader()
    reader.feed(pack(words) + pack([words, (b"GET",)]))
    expected = [b"SET", "k\u00e9".encode(), b"\r\n\x00", b""]
    assert [reader.gets() for _ in range(4)] == [expected, expected, [b"GET"], False]


@pytest.mark.parametrize(
    ("command", "harmless"),
    [
        (Get(b"k"), True),
        (SetMany(((b"k", b"v"),), None), True),
        (Set(b"k", b"v", None), True),
        (Set(b"k", b"v", None, True), False),
        (Increment(b"k", 1, None), False),
        (Replace(b"k", b"1", b"2"), False),
        (Remove(b"k", b"1"), False),
    ],
)
def test_only_what_does_no_harm_twice_is_sent_twice(command: Command, harmless: bool) -> None:
    """And only over a kept connection that turned out closed."""
    closed, late = policy.closed_by_server(), policy.no_answer(1)
    assert policy.may_ask_again(closed, command, kept=True) is harmless
    assert not policy.may_ask_again(closed, command, kept=False)
    assert not policy.may_ask_again(late, command, kept=True)
