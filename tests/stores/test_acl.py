"""`docs/acl.md` against a real server: what it promises is enough, and no less would do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from shelflife.errors import ServerError
from shelflife.stores import open_store
from shelflife.stores.commands import (
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
from shelflife.stores.interface import Store
from shelflife.testing import PrivateServer

PAGE = (Path(__file__).parents[2] / "docs" / "acl.md").read_text("utf-8")
USERS = re.findall(r"^ {4}ACL SETUSER api on >PASSWORD (.*)$", PAGE, re.MULTILINE)
WITHOUT_EVAL = "+watch +multi +exec +discard +get +set +incrby"

EVERYTHING: list[tuple[Command, object]] = [
    (Set(b"api:a", b"1", 60_000), True),
    (SetMany(((b"api:b", b"2"), (b"api:c", b"3")), None), [True, True]),
    (Set(b"api:a", b"9", None, True), False),
    (Get(b"api:a"), b"1"),
    (GetMany((b"api:b", b"api:none")), [b"2", None]),
    (Increment(b"api:b", 5, None), 7),
    (Increment(b"api:new", 5, 60_000), 5),
    (Replace(b"api:c", b"3", b"4"), True),
    (Remove(b"api:c", b"3"), False),
    (Expire(b"api:a", 50_000), True),
    (Expire(b"api:a", None), True),
    (TimeToLive(b"api:a"), -1),
    (Unlink((b"api:a", b"api:none")), 1),
]


@pytest.fixture
def admin(server: PrivateServer) -> Iterator[redis.Redis]:
    """Somebody who may make users, and removes the one that was made."""
    with redis.Redis.from_url(server.url) as client:
        if int(client.info("server")["redis_version"].split(".")[0]) < 6:
            pytest.skip("this server knows no users")
        yield client
        client.acl_deluser("api")


def become(admin: redis.Redis, server: PrivateServer, rights: str, path: str = "/0") -> str:
    """Give a URL of a user with just these rights."""
    words = ("ACL", "SETUSER", "api", "reset", "on", ">pw", "~api:*", *rights.split())
    admin.execute_command(*words)  # type: ignore[no-untyped-call]
    return server.url.replace("//", "//api:pw@", 1).replace("/0", path)


@pytest.mark.parametrize("rights", USERS)
def test_the_users_of_the_page_can_do_everything(
    server: PrivateServer, admin: redis.Redis, rights: str
) -> None:
    """As pasted; with scripts and without."""
    with closing(open_store(become(admin, server, rights))) as store:
        for command, reply in EVERYTHING:
            assert store.run(command) == reply
        cursor, keys = store.run(Scan(b"api:", None))
        assert (cursor, sorted(keys)) == (None, [b"api:b", b"api:c", b"api:new"])


@pytest.mark.parametrize(
    ("rights", "command"),
    [
        ("+get", Get(b"api:a")),
        ("+mget", GetMany((b"api:a",))),
        ("+set", Set(b"api:a", b"1", 1000)),
        ("+set", SetMany(((b"api:a", b"1"),), None)),
        ("+unlink", Unlink((b"api:a",))),
        ("+pexpire", Expire(b"api:a", 1000)),
        ("+persist +pttl", Expire(b"api:a", None)),
        ("+pttl", TimeToLive(b"api:a")),
        ("+scan", Scan(b"api:", None)),
        ("+eval +get +set +incrby", Increment(b"api:new", 1, 1000)),
        ("+eval +get +set +incrby", Increment(b"api:a", 1, 1000)),
        ("+eval +get +set", Replace(b"api:a", b"5", b"6")),
        ("+eval +get +unlink", Remove(b"api:a", b"1")),
        (WITHOUT_EVAL, Increment(b"api:new", 1, 1000)),
        (WITHOUT_EVAL, Increment(b"api:a", 1, 1000)),
        (WITHOUT_EVAL, Increment(b"api:words", 1, 1000)),
    ],
)
def test_each_right_of_the_table_is_needed_and_enough(
    server: PrivateServer, admin: redis.Redis, rights: str, command: Command
) -> None:
    """Without any one of them it is `denied`, or the step that needs it did not come up."""
    outcomes = []
    every = rights.split()
    for missing in [None, *every]:
        admin.mset({"api:a": "5", "api:words": "no counter"})
        admin.delete("api:new")
        given = " ".join(right for right in every if right != missing)
        with closing(open_store(become(admin, server, given))) as store:
            outcomes.append(outcome(store, command))
    assert outcomes[0] == ""
    assert "denied" in outcomes[1:]
    assert set(outcomes) == {"", "denied"}


def outcome(store: Store, command: Command) -> str:
    """Give the kind of error that it ends in, or nothing."""
    try:
        reply = store.run(command)
    except ServerError as error:
        return error.kind
    errors = [each for each in reply if each is not True] if isinstance(command, SetMany) else []
    return errors[0].kind if errors else ""


def test_a_database_and_a_name_take_a_right_each(server: PrivateServer, admin: redis.Redis) -> None:
    """SELECT and CLIENT SETNAME; nothing else is said at the start."""
    path = "/3?client_name=api"
    with closing(open_store(become(admin, server, "+get +select +client|setname", path))) as store:
        assert store.run(Get(b"api:a")) is None
    for rights in ("+get +select", "+get +client|setname"):
        store = open_store(become(admin, server, rights, path))
        with closing(store), pytest.raises(ServerError, match="denied"):
            store.run(Get(b"api:a"))


def test_keys_of_others_are_denied_and_that_says_nothing_about_scripts(
    server: PrivateServer, admin: redis.Redis
) -> None:
    """The next counter of our own is counted by a script still."""
    with closing(open_store(become(admin, server, "+eval +get +set +incrby"))) as store:
        for command in (Get(b"theirs"), Increment(b"theirs", 1, None), Replace(b"x", b"1", b"2")):
            with pytest.raises(ServerError, match="denied"):
                store.run(command)
        assert store.run(Increment(b"api:mine", 1, None)) == 1


def test_scripts_are_asked_for_in_vain_only_once(server: PrivateServer, admin: redis.Redis) -> None:
    """The denial is remembered for the life of the store."""
    admin.config_resetstat()
    with closing(open_store(become(admin, server, WITHOUT_EVAL))) as store:
        assert [store.run(Increment(b"api:n", 1, None)) for _ in range(3)] == [1, 2, 3]
    stats = admin.info("commandstats")
    assert (stats["cmdstat_eval"]["rejected_calls"], stats["cmdstat_watch"]["calls"]) == (1, 3)
