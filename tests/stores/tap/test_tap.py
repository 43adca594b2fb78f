"""A tap before a real server, asked by real clients."""

from __future__ import annotations

import redis

from shelflife.stores.tap import Effect, Tap
from stores.tap.told import Told


def test_reads_and_writes(tap: Tap, told: Told) -> None:
    """What a client wrote and read has been told when it has its answer."""
    with redis.Redis(port=tap.port) as client:
        client.set("k", b"\xff\x00", ex=7)
        assert told.effects() == [Effect("write", b"k", b"\xff\x00", 7.0)]

        client.get("k")
        client.get("gone")

    assert told.effects("GET") == [Effect("read", b"k", b"\xff\x00"), Effect("read", b"gone")]
    assert tap.errors == 0
