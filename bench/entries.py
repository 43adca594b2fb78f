"""What each cache makes of an entry of Python 2.7, and of one with a flipped bit."""

from __future__ import annotations

from typing import Any, Callable

import redis
from contenders import SYNC
from rich.console import Console
from rich.table import Table

from shelflife.testing import PrivateServer

FROM_PYTHON_2 = b"(dp1\nS'title'\np2\nS'caf\\xc3\\xa9'\np3\ns."
VALUE = {"title": "aaaa", "n": 5}


def outcome(get: Callable[[str], Any]) -> str:
    """Say what a read of the entry gives."""
    try:
        value = get("key")
    except Exception as error:
        return f"raises {type(error).__name__}"
    return "a miss" if value is None else f"another value: {value}"


def main() -> None:
    """Try each on one server, and show a table."""
    table = Table("", "an entry of Python 2.7", "a flipped bit")
    with PrivateServer() as server, redis.Redis.from_url(server.url) as raw:
        for name, make in list(SYNC.items())[1:]:
            raw.flushall()
            cache = make(server.url)
            cache.set("key", VALUE)
            key = raw.keys("*key")[0]
            entry = bytearray(raw.get(key))
            mark = b"!" if entry[:1] in (b"!", b"\xc1") else entry[: entry.find(b"|") + 1]
            raw.set(key, bytes(mark) + FROM_PYTHON_2)
            old = outcome(cache.get)
            entry[entry.index(b"aaaa")] ^= 2
            raw.set(key, bytes(entry))
            table.add_row(name, old, outcome(cache.get))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
