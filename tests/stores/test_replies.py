from __future__ import annotations

import pytest

from shelflife.errors import ServerError
from shelflife.stores.replies import ErrorReply, denies_command, meaning


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NOAUTH Authentication required.", "auth"),
        ("NOPERM this user has no permissions to run the 'get' command", "denied"),
        ("READONLY You can't write against a read only replica.", "read-only"),
        ("MISCONF Redis is configured to save RDB snapshots", "read-only"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "out-of-memory"),
        ("LOADING Redis is loading the dataset in memory", "loading"),
        ("BUSY Redis is busy running a script.", "loading"),
        ("MASTERDOWN Link with MASTER is down", "loading"),
        ("ERR max number of clients reached", "refused"),
        ("ERR invalid expire time in 'set' command", "other"),
        (
            "ERR Error running script (call to f_1): @user_script:1: -OOM command not",
            "out-of-memory",
        ),
        ("@user_script: 8: -READONLY You can't write against a read only replica.", "read-only"),
        ("EXECABORT Transaction discarded because of: NOPERM this user has no", "denied"),
        ("ERR ACL failure in script: User api has no permissions to run the 'get'", "denied"),
        ("@user_script: 2: The user executing the script can't run this command or", "denied"),
        ("", "other"),
    ],
)
def test_every_error_reply_has_a_kind_of_the_closed_list(text: str, kind: str) -> None:
    """By its first word, or by the one that a script's error wraps."""
    found = meaning(ErrorReply(text))
    assert isinstance(found, ServerError)
    assert found.kind == kind
    assert kind in ServerError.KINDS


def test_no_word_of_the_command_is_passed_on() -> None:
    """An unknown command's error quotes key and entry; and no line break reaches a log."""
    text = "ERR unknown command `SET`, with args beginning with: `api:secret`, `value`, "
    assert "secret" not in str(meaning(ErrorReply(text)))
    assert str(meaning(ErrorReply("ERR two\r\nlines \x1b[0m" + "x" * 999))).count("\n") == 0
    assert len(str(meaning(ErrorReply("ERR " + "x" * 999)))) < 250


def test_only_the_denial_of_the_command_itself_counts_as_one() -> None:
    """A key out of bounds says nothing about scripts."""
    assert denies_command(
        ErrorReply("NOPERM this user has no permissions to run the 'eval' command"), "eval"
    )
    assert denies_command(ErrorReply("ERR unknown command 'EVAL', with args beginning"), "eval")
    assert not denies_command(ErrorReply("NOPERM No permissions to access a key"), "eval")
    assert not denies_command(ErrorReply("NOPERM ... to run the 'incrby' command"), "eval")
    assert not denies_command([b"is", b"1"], "eval")
