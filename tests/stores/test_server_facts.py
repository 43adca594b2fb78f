"""What INFO says is understood, and what it does not say is not guessed."""

from __future__ import annotations

import pytest

from shelflife.stores.server_facts import Follower, ServerFacts, Strain, parse_strain, together

LINES = {
    "online": "slave0:ip=127.0.0.1,port=7001,state=online,offset=1204,lag=1",
    "clocks that differ": "slave0:ip=127.0.0.1,port=7001,state=online,offset=1204,lag=-1",
    "being filled": "slave0:ip=127.0.0.1,port=7001,state=wait_bgsave,offset=0,lag=0",
    "nothing": "",
}
FOUND = {
    "online": [Follower(1204, 1)],
    "clocks that differ": [Follower(1204, 0)],
    "being filled": [],
    "nothing": None,
}


@pytest.mark.parametrize("name", LINES)
def test_replicas(name: str) -> None:
    """One that is being filled says nothing; one that is not told about makes it unknown."""
    text = f"connected_slaves:1\r\n{LINES[name]}\r\nmaster_repl_offset:1300\r\n"

    assert parse_strain(text) == Strain(offset=1300, followers=FOUND[name])


def test_strain() -> None:
    """Memory is a fraction of a bound, if there is one; nothing is guessed."""
    text = (
        "used_memory:50\r\nmaxmemory:200\r\ninstantaneous_ops_per_sec:7\r\nconnected_slaves:0\r\n"
    )

    assert parse_strain(text) == Strain(ops=7, memory=0.25, followers=[])
    assert parse_strain(text.replace("200", "0")).memory is None
    assert parse_strain("") == Strain()


def test_several_servers_are_one() -> None:
    """Sums, and the policy that could do harm."""
    quiet = ServerFacts("a", "redis 7.2.0", "master", "noeviction", hits=1, keys=10)
    evicting = quiet._replace(run_id="b", policy="allkeys-lru", evicts=True, hits=2, keys=20)
    both = together([quiet, evicting])

    assert (both.hits, both.keys, both.policy, both.evicts_by_use) == (3, 30, "allkeys-lru", True)
    assert together([quiet]) == quiet
    assert together([quiet, evicting._replace(hits=None, keys=None)])[-2:] == (None, None)
