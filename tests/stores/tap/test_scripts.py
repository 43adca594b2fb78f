"""Our own scripts are known by their text, and by the server's name for it."""

from __future__ import annotations

from hashlib import sha1

import pytest
import redis

from shelflife.stores import atomic, compare_and_set
from shelflife.stores.tap import Effect, Tap
from stores.tap.told import Told

READ = Effect("read", b"k", b"old")
WRITE = Effect("write", b"k", b"new")

CASES = [
    (atomic.INCREMENT, None, (b"5", b""), [Effect("count", b"k", b"5")]),
    (atomic.INCREMENT, b"2", (b"5", b"1000"), [Effect("count", b"k", b"7")]),
    (atomic.INCREMENT, b"old", (b"5", b""), [READ]),
    (atomic.INCREMENT, b"%d" % (2**63 - 1), (b"5", b""), []),
    (atomic.REPLACE, b"old", (b"old", b"new"), [READ, WRITE]),
    (atomic.REPLACE, b"other", (b"old", b"new"), []),
    (atomic.REPLACE, None, (b"old", b"new"), []),
    (compare_and_set.SCRIPT, b"old", (b"old", b"new"), [READ, WRITE]),
    (compare_and_set.SCRIPT, b"old", (b"old",), [READ, Effect("delete", b"k")]),
    (compare_and_set.SCRIPT, b"other", (b"old", b"new"), []),
    (compare_and_set.SCRIPT, None, (b"old", b"new"), []),
]


@pytest.mark.parametrize(("script", "entry", "arguments", "effects"), CASES)
def test_our_scripts(
    tap: Tap,
    told: Told,
    script: bytes,
    entry: bytes | None,
    arguments: tuple[bytes, ...],
    effects: list[Effect],
) -> None:
    """What they did is told as if commands had done it."""
    digest = sha1(script).hexdigest()
    with redis.Redis(port=tap.port) as client:
        for name, named in (("EVAL", script), ("EVALSHA", digest)):
            client.delete("k")
            if entry is not None:
                client.set("k", entry)
            told.clear()
            client.execute_command(name, named, 1, "k", *arguments)

            assert told.effects() == effects
    assert tap.errors == 0
