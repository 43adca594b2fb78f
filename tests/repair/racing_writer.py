"""A process that writes to a cache as fast as it is told to, and then says what it did and found.

Run with one argument, JSON: `port`, `writer` (its number), `keys` (how many there are), `pause`
(seconds between two handfuls), `log` (a file). It ends when its standard input does, and by itself
after `LONGEST` seconds.

Each value is written once only, and each command tells what it replaced: who came before whom is
known without a clock.
"""

from __future__ import annotations

import json
import pickle
import random
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Optional

from shelflife.stores.pipelined import PipelinedConnection
from shelflife.stores.request import Words
from shelflife.testing import PrivateServer
from shelflife.testing.contents import exchange, open_connection

LONGEST = 170.0
BRIEF, LONG = 15, 900_000  # milliseconds
_HANDFUL = 10

Process = subprocess.Popen[bytes]
Name = tuple[int, int]
"""A value: who wrote it, and its number. The entries that were there first are -1's."""


class Act(NamedTuple):
    """What was done to one key.

    Attributes:
        key: Its number.
        found: The bytes that were replaced or removed; None for nothing.
        wrote: The value that was written; None if the entry was removed.
        ttl: Milliseconds; None for no expiry.
        at: When, in milliseconds since the epoch.
    """

    key: int
    found: Optional[bytes]
    wrote: Optional[Name]
    ttl: Optional[int]
    at: int


def key_of(number: int) -> bytes:
    """Give a key; every fourth is left alone by writers."""
    return b"api:%d" % number


def entry_of(name: Name) -> bytes:
    """Give the bytes that are written: a pickle that 2.7 does not read."""
    return b"!" + pickle.dumps({"by": name[0], "n": name[1], "text": "é" * 20}, 5)


def name_of(entry: bytes) -> Name:
    """Give the value that some bytes are, as they were written or converted."""
    value = pickle.loads(entry[1:])
    assert value["text"] == "é" * 20
    return value["by"], value["n"]


def is_converted(entry: bytes) -> bool:
    """Whether these are the bytes of a conversion."""
    return entry[1:3] == b"\x80\x02"


def start(server: PrivateServer, writer: int, keys: int, pause: float, log: Path) -> Process:
    """Start a writer."""
    given = {"port": server.port, "writer": writer, "keys": keys, "pause": pause, "log": str(log)}
    words = [sys.executable, __file__, json.dumps(given)]
    return subprocess.Popen(words, stdin=subprocess.PIPE)


def read_log(log: Path) -> list[Act]:
    """Give what a writer did."""
    return [Act(*act) for act in pickle.loads(log.read_bytes())]


def _plan(chance: random.Random, writer: int, number: int, keys: int) -> tuple[Act, Words]:
    key = chance.randrange(keys)
    key += key % 4 == 0 and 1
    at, what = int(time.time() * 1000), chance.random()
    if what < 0.2:
        return Act(key, None, None, None, at), (b"GETDEL", key_of(key))
    name = (writer, number)
    ttl = BRIEF if what < 0.3 else None if what < 0.5 else LONG
    expiry = () if ttl is None else (b"PX", b"%d" % ttl)
    return Act(key, None, name, ttl, at), (b"SET", key_of(key), entry_of(name), *expiry, b"GET")


def _write(connection: PipelinedConnection, plans: Sequence[tuple[Act, Words]]) -> list[Act]:
    replies = exchange(connection, [words for _, words in plans])
    assert all(reply is None or isinstance(reply, bytes) for reply in replies), "no errors"
    return [act._replace(found=reply) for (act, _), reply in zip(plans, replies)]


def _main() -> None:
    given = json.loads(sys.argv[1])
    writer, keys = given["writer"], given["keys"]
    chance, acts = random.Random(writer), list[Act]()
    server = PrivateServer(program="none", port=given["port"])
    until = time.monotonic() + LONGEST
    with open_connection(server) as connection:
        while (
            time.monotonic() < until and not select.select([sys.stdin], [], [], given["pause"])[0]
        ):
            numbers = range(len(acts), len(acts) + _HANDFUL)
            acts += _write(connection, [_plan(chance, writer, n, keys) for n in numbers])
    plain = pickle.dumps([tuple(act) for act in acts], 5)
    Path(given["log"]).write_bytes(plain)


if __name__ == "__main__":
    _main()
