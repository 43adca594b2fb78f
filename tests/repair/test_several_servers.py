"""Purge, convert and undo on a cluster and behind sentinels: every node, and through failures."""

from __future__ import annotations

import threading
from collections.abc import Callable

import click
import pytest
import redis

from repair.conftest import Ran
from shelflife.live.repair.purge import Purge
from shelflife.stores.slots import slot_of
from shelflife.testing import PrivateCluster, PrivateSentinel

Run = Callable[..., Ran]
ENTRY = b"!\x80\x04}\x94."
COUNT = 900


def client_of(cluster: PrivateCluster) -> redis.RedisCluster:
    """A client of the driver's own."""
    return redis.RedisCluster(host="127.0.0.1", port=cluster.primaries()[0].port)


def fill(client: redis.RedisCluster) -> None:
    """Entries in many slots."""
    pipe = client.pipeline()  # type: ignore[no-untyped-call]
    for number in range(COUNT):
        pipe.set(f"api:{number}", ENTRY, px=90_000)
    pipe.execute()


def read(client: redis.RedisCluster) -> dict[int, bytes | None]:
    """What lies there."""
    pipe = client.pipeline()  # type: ignore[no-untyped-call]
    for number in range(COUNT):
        pipe.get(f"api:{number}")
    return dict(enumerate(pipe.execute()))


def test_forward_and_back_on_a_cluster(run: Run, cluster: PrivateCluster) -> None:
    """Every node's entries are removed, each once, and come back with their expiries."""
    with client_of(cluster) as client:
        fill(client)
        purge = ("purge", cluster.url, "--prefix", "api:", "--execute", "--journal", "j")
        done = run(*purge)
        assert done.counts == {"selected": COUNT, "removed": COUNT}
        assert set(read(client).values()) == {None}
        again = run(*purge, "--resume")
        assert again.counts == {"selected": COUNT, "removed": COUNT}

        back = run("undo", "j", "--execute", "--even-if-invalidated")

        assert back.counts == {"selected": COUNT, "restored": COUNT}
        assert set(read(client).values()) == {ENTRY}
        assert 60_000 < client.pttl("api:0") < 90_000


def test_a_slot_half_moved_is_changed_whole(run: Run, cluster: PrivateCluster) -> None:
    """Entries of it that have gone to the new node, and those that have not."""
    with client_of(cluster) as client:
        slot = slot_of(b"{tag}")
        for number in range(60):
            client.set(f"{{tag}}:{number}", ENTRY)
    source = cluster.holder(b"{tag}")
    target = next(server for server in cluster.servers if server is not source)
    cluster.begin_move(slot, source, target)
    try:
        cluster.move_keys(slot, source, target, most=30)
        done = run("purge", cluster.url, "--prefix", "{tag}:", "--execute")
    finally:
        cluster.finish_move(slot, source, target)
        cluster.move(slot, target, source)

    assert done.counts["removed"] == 60
    with client_of(cluster) as client:
        assert [client.exists(f"{{tag}}:{number}") for number in range(60)] == [0] * 60


def test_stopped_on_a_cluster_it_goes_on(
    run: Run, cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a cursor of each node; what was removed is removed once."""
    with client_of(cluster) as client:
        fill(client)
        purge = ("purge", cluster.url, "--prefix", "api:", "--execute", "--journal", "j")
        calls = 0
        propose = Purge.propose

        def interrupted(self: Purge, entries: object) -> object:
            nonlocal calls
            calls += 1
            if calls == 6:
                raise KeyboardInterrupt
            return propose(self, entries)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(Purge, "propose", interrupted)
            with pytest.raises(click.Abort):
                run(*purge)
        left = sum(entry is not None for entry in read(client).values())
        assert 0 < left < COUNT

        done = run(*purge, "--resume")

        assert done.counts == {"selected": COUNT, "removed": COUNT}
        assert set(read(client).values()) == {None}


def test_behind_sentinels(run: Run, sentinel: PrivateSentinel) -> None:
    """The primary that they name is changed."""
    with redis.Redis(port=sentinel.primary().port) as client:
        client.mset({f"api:{number}": ENTRY for number in range(COUNT)})
        done = run("purge", sentinel.url, "--prefix", "api:", "--execute", "--max-lag", "60s")

        assert done.counts == {"selected": COUNT, "removed": COUNT}
        assert client.dbsize() == 0


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.2, 0.7, 1.5])
def test_a_failover_on_the_way(run: Run, server_program: str, after: float) -> None:
    """A primary is killed in the middle, and the cluster down for a moment: nothing is left out."""
    with PrivateCluster(primaries=3, replicas=1, program=server_program) as cluster:
        with client_of(cluster) as client:
            fill(client)
        for server in cluster.primaries():
            with redis.Redis(port=server.port) as node:
                node.wait(1, 2_000)
        victim = cluster.servers[0]
        timer = threading.Timer(after, lambda: cluster.failover(victim))
        timer.start()
        done = run("purge", cluster.url, "--prefix", "api:", "--execute", "--rate", "400")
        timer.join()
        with client_of(cluster) as client:
            left = read(client)

    assert not victim.is_running()
    assert not done.document["stopped"]
    assert set(left.values()) == {None}
    assert done.document["counts"]["failed"] == 0
