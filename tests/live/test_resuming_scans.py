"""A scan that goes on where another one ended misses nothing."""

from __future__ import annotations

import random

import pytest
import redis

from shelflife.live.found_keys import END, START
from shelflife.live.pace import Pace
from shelflife.live.scanning import Batch, Scanner
from shelflife.stores.inspection import Inspector
from shelflife.testing import PrivateServer

COUNT = 5_000


def keys_of(batches: list[Batch]) -> set[bytes]:
    """The keys that were handed out."""
    return {stored.key for batch in batches for stored, _ in batch.entries}


def scanner(url: str, start: bytes = START, prefix: bytes = b"") -> Scanner:
    """A scanner of a server."""
    found = Scanner(Inspector(url), prefix, Pace(None, None))
    found.go_on_from({found.shard: start})
    return found


def fill(url: str, count: int = COUNT) -> None:
    """So many entries, half of them below a prefix."""
    with redis.Redis.from_url(url) as client:
        client.mset({f"{'ab'[number % 2]}:{number}": b"entry" for number in range(count)})


@pytest.mark.parametrize("prefix", [b"", b"a:"])
def test_a_scan_can_go_on_from_each_batch(redis_url: str, prefix: bytes) -> None:
    """What came until then, and what comes from there on, is everything: at each batch."""
    fill(redis_url)
    whole = list(scanner(redis_url, prefix=prefix).batches())
    wanted = {f"{'ab'[n % 2]}:{n}".encode() for n in range(0, COUNT, 2 if prefix else 1)}
    assert keys_of(whole) == wanted

    for number in range(0, len(whole), 2):
        rest = list(scanner(redis_url, whole[number].resume, prefix).batches())

        assert keys_of(whole[: number + 1]) | keys_of(rest) == wanted
    assert whole[-1].resume == END
    assert list(scanner(redis_url, END, prefix).batches()) == []


def test_it_goes_on_in_a_table_that_has_grown_and_shrunk(redis_url: str) -> None:
    """The server rearranges its keys meanwhile: none of those that stayed is missed."""
    fill(redis_url)
    first = scanner(redis_url).batches()
    before = [next(first) for _ in range(6)]
    with redis.Redis.from_url(redis_url) as client:
        client.mset({f"later:{number}": b"entry" for number in range(60_000)})
        grown = list(scanner(redis_url, before[-1].resume).batches())
        gone = [f"later:{number}" for number in range(60_000)]
        client.delete(*gone, *random.Random(1).sample([f"b:{n}" for n in range(1, 5_000, 2)], 100))
        shrunk = list(scanner(redis_url, before[-1].resume).batches())
        left = {key for key in client.keys("*") if not key.startswith(b"later:")}

    for rest in (grown, shrunk):
        assert left <= keys_of(before) | keys_of(rest)
    assert len(keys_of(before)) < COUNT // 2


def test_cursors_belong_to_a_run(server_program: str) -> None:
    """Which the scanner names: after a restart it is another one, and the shard is the same."""
    with PrivateServer(program=server_program) as server:
        fill(server.url, 10)
        before = scanner(server.url)
        *_, batch = before.batches()
        server.kill()
        server.start()
        after = scanner(server.url)

    assert before.run_id
    assert before.run_id != after.run_id
    assert batch.shard == before.shard == after.shard


def test_a_restart_on_the_way_begins_at_the_beginning(server_program: str) -> None:
    """Also for a scan that went on from a cursor: that one is worth nothing any more."""
    with PrivateServer(program=server_program) as server:
        fill(server.url)
        middle = list(scanner(server.url).batches())[4].resume
        batches = []
        for batch in scanner(server.url, middle).batches():
            batches.append(batch)
            if len(batches) == 2:
                server.kill()
                server.start()
                fill(server.url, 3_000)

    anew = next(number for number, batch in enumerate(batches) if batch.anew)
    assert len(keys_of(batches[anew:])) == 3_000
