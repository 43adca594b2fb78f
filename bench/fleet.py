"""What it costs an operation that its process counts for a fleet: no server, this process only.

    make bench                                       everything, this as well
    .venv/bin/python bench/fleet.py                  only this

The same cache alone and in a fleet, in turn, round after round; a figure is the median of the
rounds' ratios. A fleet adds its turns, 2.5 a second, and a look at a few of the entries read.
"""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from shelflife import Cache
from shelflife.events import Event, EventKind, Recorder
from shelflife.fleet.tally import Tally

ROUNDS = 40
TIMES = 10_000
CAUSES = 200
VALUE = {"id": 1, "title": "Größe", "ok": True}
Operation = Callable[[Cache], Any]
OPERATIONS: dict[str, Operation] = {
    "get": lambda cache: cache.get("x:1"),
    "get_many of 10": lambda cache: cache.get_many(KEYS),
    "set": lambda cache: cache.set("x:1", VALUE),
}
KEYS = [f"x:{number}" for number in range(10)]


def microseconds(operation: Operation, cache: Cache) -> float:
    """Give how long one takes."""
    began = time.perf_counter()
    for _ in range(TIMES):
        operation(cache)
    return (time.perf_counter() - began) / TIMES * 1e6


def report_microseconds() -> float:
    """Give how long it takes to find out what is to be told, with so many causes."""
    recorder = Recorder()
    tally = Tally(recorder.counters)
    for number in range(CAUSES):
        recorder.event(Event(EventKind.UNREADABLE, "get", f"a:{number}:*", "corrupt"))
    began = time.perf_counter()
    for _ in range(100):
        recorder.hit()
        tally.take()
    return (time.perf_counter() - began) / 100 * 1e6


def main() -> None:
    """Print the table."""
    logging.getLogger("shelflife").setLevel(logging.CRITICAL)
    alone = Cache("memory://", prefix="a:", release="new")
    fleet = Cache(
        "memory://",
        prefix="a:",
        release="new",
        fleet="api",
        floor="fleet",
        fleet_minimum="python>=3.9, shelflife",
    )
    for cache in (alone, fleet):
        cache.set_many(dict.fromkeys(KEYS, VALUE))
    time.sleep(1)  # it has joined
    table = Table("operation", "alone, us", "in a fleet, us", "ratio")
    for name, operation in OPERATIONS.items():
        pairs = [
            (microseconds(operation, alone), microseconds(operation, fleet)) for _ in range(ROUNDS)
        ]
        ratio = statistics.median(there / here for here, there in pairs)
        medians = [f"{statistics.median(figures):.2f}" for figures in zip(*pairs)]
        table.add_row(name, *medians, f"{ratio:.3f}")
    fleet.close()
    console = Console()
    console.print(table)
    console.print(f"finding out what {CAUSES} causes have counted: {report_microseconds():.0f} us")


if __name__ == "__main__":
    main()
