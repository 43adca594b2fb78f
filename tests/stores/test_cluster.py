"""A cluster that works, while its slots move: every answer is right, and nothing is missed."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections.abc import Iterator
from typing import Any, Callable, Optional

import pytest
import redis.cluster

from shelflife import stores
from shelflife.errors import ConfigurationError, ServerError
from shelflife.stores.commands import (
    WRONG_TYPE,
    Command,
    Expire,
    Get,
    GetMany,
    Increment,
    Replace,
    Scan,
    Set,
    SetMany,
    TimeToLive,
    Unlink,
)
from shelflife.stores.slots import slot_of
from shelflife.testing import PrivateCluster, PrivateServer
from shelflife.testing.asking import ask as tell

Ask = Callable[[Command], Any]
KEYS = tuple(b"key%d" % number for number in range(200))
FILL = SetMany(tuple((key, b"entry of " + key) for key in KEYS), None)
ENTRIES = [b"entry of " + key for key in KEYS]
TAG = b"{moving}"
SLOT = slot_of(TAG)


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, cluster: PrivateCluster) -> Iterator[Ask]:
    """Ask a store on the cluster, blocking or through a loop of its own."""
    yield from opened(request.param, cluster.url)


def opened(how: str, url: str) -> Iterator[Ask]:
    if how == "sync":
        store = stores.open_store(url)
        yield store.run
        store.close()
        return
    loop = asyncio.new_event_loop()
    store_async = stores.open_async_store(url)
    yield lambda command: loop.run_until_complete(store_async.run(command))
    loop.run_until_complete(store_async.close())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


@pytest.fixture
def moving(cluster: PrivateCluster) -> Iterator[tuple[PrivateServer, PrivateServer]]:
    """Two nodes, the first of which holds the slot of `TAG`; afterwards it does again."""
    source = cluster.holder(TAG)
    target = next(server for server in cluster.primaries() if server is not source)
    yield source, target
    for server in (source, target):
        tell(server, "CLUSTER", "SETSLOT", str(SLOT), "STABLE")
    if cluster.holder(TAG) is not source:
        cluster.move(SLOT, target, source)
    for server in cluster.servers:
        tell(server, "FLUSHALL")


def scanned(
    ask: Ask, prefix: bytes, meanwhile: Optional[Callable[[Any], None]] = None
) -> set[bytes]:
    """Give all keys of a scan; after each reply, something may happen meanwhile."""
    found: set[bytes] = set()
    cursor = None
    for _ in range(200):
        cursor, keys = ask(Scan(prefix, cursor))
        found.update(keys)
        if cursor is None:
            return found
        if meanwhile is not None:
            meanwhile(cursor)
    raise AssertionError("a scan without end")


def refused(server: PrivateServer) -> int:
    """Give how many redirections a node has answered with."""
    text = tell(server, "INFO", "errorstats").decode()
    lines = [
        line for line in text.splitlines() if line.startswith(("errorstat_MOVED", "errorstat_ASK"))
    ]
    return sum(int(line.rpartition("=")[2]) for line in lines)


def test_slots_are_what_the_server_says(cluster: PrivateCluster) -> None:
    chosen = random.Random(7)
    for _ in range(200):
        key = bytes(chosen.choices(b"{}ab\x00\xff", k=chosen.randrange(12)))
        assert slot_of(key) == tell(cluster.servers[0], "CLUSTER", "KEYSLOT", key)


def test_a_batch_is_spread_over_all_nodes(ask: Ask, cluster: PrivateCluster) -> None:
    """And comes back in its order."""
    assert ask(FILL) == [True] * 200
    assert all(tell(server, "DBSIZE") > 20 for server in cluster.servers)
    assert ask(GetMany((*KEYS, b"none", KEYS[0]))) == [*ENTRIES, None, ENTRIES[0]]
    assert ask(Unlink((*KEYS[:50], b"none", KEYS[0]))) == 50
    assert scanned(ask, b"key1") == {key for key in KEYS[50:] if key.startswith(b"key1")}


def test_a_wrong_type_is_an_answer(ask: Ask, cluster: PrivateCluster) -> None:
    tell(cluster.holder(b"list"), "LPUSH", "list", "1")
    assert ask(Get(b"list")) is WRONG_TYPE
    assert ask(GetMany((b"list", b"none"))) == [None, None]
    assert ask(Increment(b"list", 1, None)) is WRONG_TYPE


@pytest.mark.parametrize("moved", [False, True], ids=["still here", "gone ahead"])
def test_every_command_works_in_the_middle_of_a_move(
    ask: Ask,
    cluster: PrivateCluster,
    moving: tuple[PrivateServer, PrivateServer],
    *,
    moved: bool,
) -> None:
    """Whether a key is still at the old node or has gone ahead to the new one."""
    one, two, new = TAG + b"1", TAG + b"2", TAG + b"new"
    ask(SetMany(((one, b"5"), (two, b"b")), 60_000))
    cluster.begin_move(SLOT, *moving)
    if moved:
        assert cluster.move_keys(SLOT, *moving) == 2

    assert ask(Get(one)) == b"5"
    assert ask(Get(new)) is None
    assert ask(GetMany((one, KEYS[0], two, new))) == [b"5", None, b"b", None]
    assert ask(Increment(one, 2, None)) == 7
    assert ask(Increment(new, 1, 60_000)) == 1
    assert ask(Replace(two, b"b", b"c")) is True
    assert ask(Set(two, b"d", None, if_absent=True)) is False
    assert 0 < ask(TimeToLive(two)) <= 60_000
    assert ask(Expire(two, None)) is True
    assert ask(SetMany(((one, b"6"), (TAG + b"3", b"7")), None)) == [True, True]
    assert scanned(ask, TAG) == {one, two, new, TAG + b"3"}
    assert ask(Unlink((one, two, new, TAG + b"3", b"none"))) == 4


@pytest.mark.parametrize("moved", [False, True], ids=["still here", "gone ahead"])
@pytest.mark.parametrize("how", ["sync", "async"])
def test_without_scripts_counting_works_in_the_middle_of_a_move(
    how: str,
    cluster: PrivateCluster,
    moving: tuple[PrivateServer, PrivateServer],
    *,
    moved: bool,
) -> None:
    """By a watched transaction, at whatever node has the key."""
    for server in cluster.servers:
        rights = ("on", ">pw", "~*", "+@all", "-@scripting")
        tell(server, "ACL", "SETUSER", "noscripts", *rights)
    for ask in opened(how, cluster.url.replace("//", "//noscripts:pw@")):
        one = TAG + b"1"
        ask(Set(one, b"5", 60_000))
        cluster.begin_move(SLOT, *moving)
        if moved:
            cluster.move_keys(SLOT, *moving)
        assert ask(Increment(one, 2, None)) == 7
        assert ask(Replace(one, b"7", b"x")) is True
        assert ask(Replace(one, b"7", b"y")) is False
        assert ask(Increment(one, 1, None)) == b"x"
        assert ask(Increment(TAG + b"new", 3, None)) == 3


def test_who_has_been_sent_on_remembers_it(
    ask: Ask, cluster: PrivateCluster, moving: tuple[PrivateServer, PrivateServer]
) -> None:
    """One MOVED for a slot, not one a call."""
    ask(Set(TAG, b"1", None))
    cluster.move(SLOT, *moving)
    before = refused(moving[0])
    assert [ask(Get(TAG)) for _ in range(20)] == [b"1"] * 20
    assert refused(moving[0]) == before + 1


def test_reads_and_writes_are_right_while_a_slot_moves_to_and_fro(
    ask: Ask, cluster: PrivateCluster, moving: tuple[PrivateServer, PrivateServer]
) -> None:
    """No error, no miss, and no value but the last one written."""
    keys = tuple(TAG + b"%d" % number for number in range(20))
    ask(SetMany(tuple((key, b"0") for key in keys), None))
    source, target = moving

    def move() -> None:
        for _ in range(3):
            cluster.move(SLOT, source, target)
            cluster.move(SLOT, target, source)

    mover = threading.Thread(target=move)
    mover.start()
    rounds = 0
    try:
        while mover.is_alive():
            rounds += 1
            entry = b"%d" % rounds
            assert ask(SetMany(tuple((key, entry) for key in keys), None)) == [True] * 20
            assert ask(GetMany(keys)) == [entry] * 20
            assert ask(Get(keys[rounds % 20])) == entry
    finally:
        mover.join()
    assert rounds > 10


@pytest.mark.parametrize("finished", [True, False], ids=["moves", "is half way"])
def test_a_scan_misses_nothing_that_moves_behind_its_back(
    ask: Ask,
    cluster: PrivateCluster,
    moving: tuple[PrivateServer, PrivateServer],
    *,
    finished: bool,
) -> None:
    """From a node that is yet to be walked to one that has been, also if no map shows it yet."""
    wanted = {TAG + b"%d" % number for number in range(30)}
    ask(SetMany(tuple((key, b"1") for key in wanted), None))
    source, target = moving
    moved: list[bool] = []

    def move(cursor: Any) -> None:
        left = {one.port for one in (cursor.node, *cursor.rest)}
        if not moved and source.port in left and target.port not in left:
            moved.append(True)
            cluster.begin_move(SLOT, source, target)
            cluster.move_keys(SLOT, source, target)
            if finished:
                cluster.finish_move(SLOT, source, target)

    assert scanned(ask, TAG, move) == wanted
    assert moved


@pytest.mark.parametrize("how", ["sync", "async"])
def test_without_the_right_to_see_the_slots_it_is_said_which_one_is_missing(
    how: str, cluster: PrivateCluster
) -> None:
    for server in cluster.servers:
        tell(server, "ACL", "SETUSER", "blind", "on", ">pw", "~*", "+get")
    for ask in opened(how, cluster.url.replace("//", "//blind:pw@")):
        with pytest.raises(ServerError, match=r"CLUSTER SLOTS \(\+cluster\|slots\)") as caught:
            ask(Get(b"k"))
        assert caught.value.kind == "denied"


def test_the_least_rights_are_enough(cluster: PrivateCluster) -> None:
    """Without CLUSTER NODES a scan still works."""
    for server in cluster.servers:
        rights = ["+cluster|slots", "+get", "+set", "+unlink", "+scan", "+asking"]
        tell(server, "ACL", "SETUSER", "least", "on", ">pw", "~*", "-@all", *rights)
    for ask in opened("sync", cluster.url.replace("//", "//least:pw@")):
        assert ask(FILL) == [True] * 200
        assert scanned(ask, b"key") == set(KEYS)
        assert ask(Unlink(KEYS)) == 200


def test_without_asking_the_keys_of_a_moving_slot_are_denied(
    cluster: PrivateCluster, moving: tuple[PrivateServer, PrivateServer]
) -> None:
    """And no others; it is said which right is missing."""
    for server in cluster.servers:
        rights = ["+cluster|slots", "+get", "+set"]
        tell(server, "ACL", "SETUSER", "mute", "on", ">pw", "~*", "-@all", *rights)
    for ask in opened("sync", cluster.url.replace("//", "//mute:pw@")):
        ask(SetMany(((TAG, b"1"), (KEYS[0], b"2")), None))
        cluster.begin_move(SLOT, *moving)
        cluster.move_keys(SLOT, *moving)
        with pytest.raises(ServerError, match="'asking' command") as caught:
            ask(Get(TAG))
        assert caught.value.kind == "denied"
        denied, entry = ask(GetMany((TAG, KEYS[0])))
        assert (denied.kind, entry) == ("denied", b"2")


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize("kind", ["cluster://{}/0", "sentinel://{}/name"])
def test_a_plain_server_is_neither_a_cluster_nor_a_sentinel(
    how: str, kind: str, server: PrivateServer
) -> None:
    for ask in opened(how, f"redis+{kind.format(f'127.0.0.1:{server.port}')}"):
        with pytest.raises(ServerError, match="use a redis:// URL"):
            ask(Get(b"k"))


def test_a_node_that_is_asked_alone_says_how_to_ask_all(cluster: PrivateCluster) -> None:
    """With a URL of one server, a key of another node is an error that helps."""
    other = next(server for server in cluster.servers if server is not cluster.holder(b"k"))
    for ask in opened("sync", other.url):
        with pytest.raises(ServerError, match=r"redis\+cluster://") as caught:
            ask(Get(b"k"))
        assert caught.value.kind == "moved"
        with pytest.raises(ServerError) as caught:
            ask(GetMany((b"a", b"b")))
        assert caught.value.kind == "cross-slot"


def test_a_drivers_cluster_client_is_refused_with_what_to_do(cluster: PrivateCluster) -> None:
    driver: Any = redis.cluster
    client = driver.RedisCluster(host="127.0.0.1", port=cluster.servers[0].port)
    with pytest.raises(ConfigurationError, match=r"redis\+cluster:// URL"):
        stores.store_from_client(client)
    client.close()


def test_threads_share_a_store(cluster: PrivateCluster) -> None:
    """Each gets its own keys' entries, with few connections for many callers."""
    store = stores.open_store(cluster.url, max_connections=2, pool_wait=5.0, read_timeout=5.0)
    store.run(FILL)
    wrong: list[Any] = []

    def read(seed: int) -> None:
        chosen = random.Random(seed)
        for _ in range(60):
            some = [chosen.randrange(200) for _ in range(20)]
            found = store.run(GetMany(tuple(KEYS[index] for index in some)))
            if found != [ENTRIES[index] for index in some]:
                wrong.append(found)

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    store.close()
    assert not wrong


def test_several_loops_share_a_store(cluster: PrivateCluster) -> None:
    """One after another, each with connections of its own."""
    store = stores.open_async_store(cluster.url)

    async def use() -> None:
        assert await store.run(FILL) == [True] * 200
        found = await asyncio.gather(*(store.run(Get(key)) for key in KEYS))
        assert found == ENTRIES
        await store.close()

    for _ in range(3):
        asyncio.run(use())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_and_its_parent_do_not_share_connections(cluster: PrivateCluster) -> None:
    store = stores.open_store(cluster.url)
    store.run(FILL)
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            right = all(store.run(GetMany(KEYS)) == ENTRIES for _ in range(100))
            os._exit(0 if right else 1)
        children.append(child)
    right = all(store.run(GetMany(KEYS)) == ENTRIES for _ in range(100))
    codes = [os.waitpid(child, 0)[1] for child in children]
    store.close()

    assert right
    assert codes == [0, 0, 0]
