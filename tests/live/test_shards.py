"""The tools on a cluster and behind sentinels, whose servers are real and fail for real."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial

import pytest
import redis

from live.conftest import Ran
from shelflife.errors import ServerError
from shelflife.live.audit import Audit, Options
from shelflife.live.found_keys import END, START
from shelflife.live.merging import merged
from shelflife.live.pace import Pace
from shelflife.live.scanning import Batch
from shelflife.live.shards import AnyScanner, open_scanner
from shelflife.runtimes import open_target
from shelflife.stores.inspection import open_inspectors
from shelflife.stores.slots import slot_of
from shelflife.testing import PrivateCluster, PrivateSentinel, PrivateServer

ENTRY = b"!\x80\x04}\x94."
COUNT = 6_000
SCANS = "shelflife-scan"


@pytest.fixture
def filled(cluster: PrivateCluster) -> PrivateCluster:
    """A cluster with entries on every node."""
    fill(cluster, 0, COUNT)
    return cluster


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test has opened."""
    with ExitStack() as stack:
        yield stack


def fill(cluster: PrivateCluster, first: int, last: int) -> None:
    """Entries api:entry:{number}."""
    with redis.RedisCluster(port=cluster.primaries()[0].port, host="127.0.0.1") as client:
        pipe = client.pipeline()
        for number in range(first, last):
            pipe.set(f"api:entry:{number}", ENTRY)
        pipe.execute()


def scanner(
    stack: ExitStack, url: str, sample: int | None = None, rate: float | None = None
) -> AnyScanner:
    """Goes through what a URL stands for."""
    inspectors = open_inspectors(url, timeout=5.0)
    for inspector in inspectors:
        stack.callback(inspector.close)
    return open_scanner(inspectors, b"", Pace(rate, None), sample)


def keys_of(batches: list[Batch]) -> list[bytes]:
    """The keys that were handed out."""
    return [stored.key for batch in batches for stored, _ in batch.entries]


def every(count: int = COUNT) -> set[bytes]:
    """The keys that `fill` makes."""
    return {f"api:entry:{number}".encode() for number in range(count)}


def start(stack: ExitStack, url: str, **options: object) -> Audit:
    """An audit that is ready to run."""
    inspectors = open_inspectors(url, timeout=5.0)
    for inspector in inspectors:
        stack.callback(inspector.close)
    run = Audit(inspectors, [open_target("python3.8")], Options(**options))  # type: ignore[arg-type]
    run.prepare()
    return run


def test_an_audit_counts_a_cluster_exactly(
    filled: PrivateCluster, audit: Callable[..., Ran]
) -> None:
    """Every entry of every node, once; and the server's figures are sums."""
    ran = audit(filled.url, "--target", "python3.8")

    assert ran.code == 0, ran.said
    assert ran.document["seen"]["entries"] == ran.document["seen"]["keys"] == COUNT
    assert {line["key"].encode() for line in ran.lines} == every()
    assert ran.document["source"]["shown"].startswith("redis+cluster://127.0.0.1:")


def test_an_audit_says_what_it_did_to_all_nodes(filled: PrivateCluster, stack: ExitStack) -> None:
    """Hits are counted over all of them, and nothing but reads is sent to any."""
    clients = [stack.enter_context(redis.Redis(port=s.port)) for s in filled.primaries()]
    for client in clients:
        client.config_resetstat()
    run = start(stack, filled.url)
    run.run(lambda *_: None)
    sent = {
        name.partition("_")[2].partition("|")[0] for c in clients for name in c.info("commandstats")
    }

    assert run.server.keys == run.tally.keys == COUNT
    assert run.hits_meanwhile == run.hits == 2 * COUNT
    assert sent <= {"scan", "get", "pttl", "info", "client", "config", "cluster"} | {"ping"}


def test_the_least_rights_on_a_cluster(filled: PrivateCluster, stack: ExitStack) -> None:
    """As on one server, and CLUSTER SLOTS; a slot on its way takes ASKING, which is said."""
    rights = ["-@all", "+scan", "+get", "+pttl", "+type", "+cluster"]
    for server in filled.primaries():
        with redis.Redis(port=server.port) as client:
            client.execute_command("ACL", "SETUSER", "least", "on", ">word", "~*", *rights)
    url = filled.url.replace("://", "://least:word@")
    run = start(stack, url)
    run.run(lambda *_: None)
    assert (run.tally.entries, run.partial) == (COUNT, "")
    key = b"api:entry:17"
    source = filled.holder(key)
    target = next(server for server in filled.servers if server is not source)
    filled.begin_move(slot_of(key), source, target)
    try:
        filled.move_keys(slot_of(key), source, target)
        with pytest.raises(ServerError, match=r"denied: .*\+asking"):
            list(scanner(stack, url).batches())
    finally:
        filled.finish_move(slot_of(key), source, target)
        filled.move(slot_of(key), target, source)


def test_a_node_alone_is_no_cluster(filled: PrivateCluster, audit: Callable[..., Ran]) -> None:
    """The URL of one of its servers is refused with the one to use."""
    ran = audit(filled.servers[0].url, "--target", "python3.8")

    assert ran.code == 2
    assert "redis+cluster://" in ran.said


def test_members_of_other_types_are_read_on_every_node(
    filled: PrivateCluster, stack: ExitStack
) -> None:
    """Hashes, lists and the rest, wherever they are."""
    with redis.RedisCluster(port=filled.servers[0].port, host="127.0.0.1") as client:
        for number in range(30):
            client.hset(f"hash:{number}", mapping={"a": ENTRY, "b": ENTRY})
            client.rpush(f"list:{number}", ENTRY)
    run = start(stack, filled.url)
    run.run(lambda *_: None)

    assert run.tally.keys == COUNT + 60
    assert run.tally.entries == COUNT + 90


def test_a_slot_half_moved_is_seen_whole(filled: PrivateCluster, stack: ExitStack) -> None:
    """The keys that have gone to the new node and those that have not: none is missed."""
    key = b"api:entry:17"
    slot = slot_of(key)
    tag = b"{api:entry:17}"
    with redis.RedisCluster(port=filled.servers[0].port, host="127.0.0.1") as client:
        for number in range(300):
            client.set(tag + b":%d" % number, ENTRY)
    source = filled.holder(key)
    target = next(server for server in filled.servers if server is not source)
    filled.begin_move(slot, source, target)
    try:
        filled.move_keys(slot, source, target, most=150)
        run = scanner(stack, filled.url)
        found = keys_of(list(run.batches()))
    finally:
        filled.finish_move(slot, source, target)

    assert set(found) == every() | {tag + b":%d" % number for number in range(300)}
    assert len(found) - len(set(found)) <= run.seen_twice <= 301
    whole = keys_of(list(scanner(stack, filled.url).batches()))
    assert sorted(whole) == sorted(set(found))


@pytest.mark.parametrize("half", [False, True])
def test_a_slot_that_moves_behind_both_cursors_is_looked_at_again(
    filled: PrivateCluster, stack: ExitStack, half: bool
) -> None:
    """From a node whose scan has not come that far to one whose scan is through."""
    first, second = filled.servers[:2]
    tag = next(tag for tag in (f"{{{n}}}" for n in range(99)) if slot_of(tag.encode()) < 5_000)
    slot = slot_of(tag.encode())
    wanted = {f"{tag}:{number}".encode() for number in range(3_000)}
    with redis.Redis(port=first.port) as client:
        client.flushall()
        client.mset(dict.fromkeys(wanted, ENTRY))
    run = scanner(stack, filled.url, rate=8_000)
    found: list[Batch] = []
    moved = False
    for batch in run.batches():
        found.append(batch)
        passed = [one for one in found if one.shard.startswith(f"127.0.0.1:{second.port}/")]
        if not moved and len(keys_of(passed)) > 1_500:
            moved = True
            filled.begin_move(slot, first, second)
            filled.move_keys(slot, first, second)
            if not half:
                filled.finish_move(slot, first, second)
    if half:
        filled.finish_move(slot, first, second)
    filled.move(slot, second, first)
    keys = keys_of(found)

    assert moved
    assert wanted <= set(keys)
    assert 0 < len(keys) - len(set(keys)) <= run.seen_twice


def test_a_scan_of_a_cluster_can_be_gone_on_with(filled: PrivateCluster, stack: ExitStack) -> None:
    """Each shard from its own cursor; a shard whose slots have changed begins anew."""
    first = scanner(stack, filled.url)
    before: list[Batch] = []
    cursors = dict.fromkeys(first.run_ids, START)
    with closing(first.batches()) as batches:
        for batch in batches:
            before.append(batch)
            cursors[batch.shard] = batch.resume
            if len(keys_of(before)) > COUNT // 2:
                break
    second = scanner(stack, filled.url)
    assert second.run_ids == first.run_ids
    second.go_on_from(cursors)
    rest = keys_of(list(second.batches()))

    assert set(keys_of(before)) | set(rest) == every()
    assert len(rest) < COUNT * 3 // 4
    third = scanner(stack, filled.url)
    third.go_on_from(dict.fromkeys(third.run_ids, END))
    assert list(third.batches()) == []
    filled.move(0, filled.servers[0], filled.servers[1])
    try:
        assert len(set(scanner(stack, filled.url).run_ids) & set(first.run_ids)) == 1
    finally:
        filled.move(0, filled.servers[1], filled.servers[0])


def test_a_sample_is_of_the_whole_cluster(filled: PrivateCluster, stack: ExitStack) -> None:
    """Each node gives its share, not the same number."""
    with redis.Redis(port=filled.servers[0].port) as client:
        client.flushall()
    left = sum(int(redis.Redis(port=server.port).dbsize()) for server in filled.servers)
    run = scanner(stack, filled.url, sample=600)
    found = keys_of(list(run.batches()))

    assert len(set(found)) == len(found) == 600
    assert run.population == left
    assert filled.servers[0] not in [filled.holder(key) for key in found[::50]]


def test_the_rate_is_of_all_nodes_together(filled: PrivateCluster, stack: ExitStack) -> None:
    """Not of each."""
    begun = time.monotonic()
    found = keys_of(list(scanner(stack, filled.url, rate=6_000).batches()))

    assert len(found) == COUNT
    assert 0.8 <= time.monotonic() - begun < 3.0


def test_threads_end_when_nobody_takes_any_more(filled: PrivateCluster, stack: ExitStack) -> None:
    """Closed in the middle, or interrupted: no thread of a scan is left."""
    run = start(stack, filled.url, rate=2_000)

    def interrupt(keys: int, _: object) -> None:
        if keys > 100:
            raise KeyboardInterrupt

    begun = time.monotonic()
    run.run(interrupt)
    seconds = time.monotonic() - begun

    assert "interrupted" in run.partial
    assert 100 < run.tally.keys < COUNT
    assert [one.name for one in threading.enumerate() if one.name.startswith(SCANS)] == []
    assert seconds < 3.0


def test_threads_are_a_few_items_ahead() -> None:
    """However long nobody takes any: memory stays flat."""
    made = [0, 0, 0]

    def endless(number: int) -> Iterator[int]:
        while True:
            made[number] += 1
            yield number

    with closing(merged([partial(endless, n) for n in range(3)], lambda: None)) as taken:
        next(taken)
        time.sleep(0.3)

        assert sum(made) <= 1 + 3 + 3


def test_what_a_thread_raises_reaches_who_takes() -> None:
    """And the other threads end."""
    ended = []

    def endless() -> Iterator[int]:
        while True:
            yield 1

    def failing() -> Iterator[int]:
        yield 2
        raise ServerError("closed", "on purpose")

    with pytest.raises(ServerError, match="on purpose"):
        for _ in merged([endless, failing], lambda: ended.append(True)):
            pass

    assert ended == [True]
    assert [one.name for one in threading.enumerate() if one.name.startswith(SCANS)] == []


def test_a_node_that_is_gone_for_good_makes_it_partial(
    server_program: str, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No replica takes over: a sentence, after some attempts, and what was seen stays."""
    monkeypatch.setattr("shelflife.live.persistence._TAKEOVER", (0.1, 0.3, 0.5))
    with PrivateCluster(primaries=3, program=server_program) as cluster:
        fill(cluster, 0, COUNT)
        run = start(stack, cluster.url, rate=6_000)
        run.run(lambda keys, _: cluster.servers[1].kill() if keys > 500 else None)

    assert "failed on the way" in run.partial
    assert 500 < run.tally.keys < COUNT


def test_a_failover_during_a_scan_misses_nothing(server_program: str, stack: ExitStack) -> None:
    """The new primary of these slots is scanned from its beginning; what may be double is said."""
    with PrivateCluster(primaries=3, replicas=1, program=server_program) as cluster:
        fill(cluster, 0, COUNT)
        for server in cluster.primaries():
            with redis.Redis(port=server.port) as client:
                client.wait(1, 2_000)
        victim = cluster.servers[0]
        run = scanner(stack, cluster.url, rate=8_000)
        found: list[Batch] = []
        for batch in run.batches():
            found.append(batch)
            if victim.is_running() and len(keys_of(found)) > 1_500:
                cluster.failover(victim)
        keys = keys_of(found)

    assert not victim.is_running()
    assert set(keys) == every()
    assert len(keys) - COUNT <= run.seen_twice < COUNT


def test_a_takeover_that_was_asked_for_disturbs_nothing(
    server_program: str, stack: ExitStack
) -> None:
    """The old primary is a replica of the new one now, and has the same keys: none twice."""
    with PrivateCluster(primaries=3, replicas=1, program=server_program) as cluster:
        fill(cluster, 0, COUNT)
        for server in cluster.primaries():
            with redis.Redis(port=server.port) as client:
                client.wait(1, 2_000)
        run = scanner(stack, cluster.url, rate=6_000)
        found: list[Batch] = []
        asked = False
        for batch in run.batches():
            found.append(batch)
            if not asked and len(keys_of(found)) > 1_000:
                asked = True
                cluster.wait_until_taken_over(cluster.failover(cluster.servers[0], kill=False))
        keys = keys_of(found)

    assert set(keys) == every()
    assert len(keys) - COUNT <= run.seen_twice


def test_behind_sentinels_a_scan_goes_on_at_the_new_primary(
    server_program: str, audit: Callable[..., Ran], stack: ExitStack
) -> None:
    """It begins anew there, and everything is counted once."""
    with PrivateSentinel(program=server_program) as service:
        with redis.Redis(port=service.primary().port) as client:
            client.mset({f"api:entry:{number}": ENTRY for number in range(3_000)})
            client.wait(1, 2_000)
        ran = audit(service.url, "--target", "python3.8")
        run = start(stack, service.url, rate=6_000)
        killed: list[PrivateServer] = []

        def kill(keys: int, _: object) -> None:
            if keys > 500 and not killed:
                killed.append(service.failover())

        run.run(kill)

    assert (ran.code, ran.document["seen"]["entries"]) == (0, 3_000)
    assert killed
    assert (run.tally.entries, run.partial) == (3_000, "")
