"""Speed of reads and writes against the peers: one server, the same values, one run.

Every contender runs in turn, round after round, so that all meet the same noise. A figure is the
median over the rounds of a contender's time divided by redis-py's (raw bytes) in the same round.

    make bench                          everything
    make bench ARGS="--only get --rounds 5"
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contenders import ASYNC, FLOORS, FRAMEWORKS, SYNC, WERKZEUG, Contender, Maker
from rich.console import Console
from rich.progress import Progress
from tables import show
from values import VALUES

from shelflife.testing import PrivateServer, server_version

SLICE = 0.03  # seconds a contender works in one round
MANY = [f"many{n}" for n in range(100)]
OPERATIONS = ("get", "set", "get_many")
KINDS = {
    "sync": SYNC,
    "async": ASYNC,
    "werkzeug's entries": WERKZEUG,
    "frameworks": FRAMEWORKS,
    "frameworks' entries": FLOORS,
}
BASELINES = ("redis-py", "redis.asyncio")


def timed(contender: Contender, operation: str, value: Any, times: int) -> float:
    """Seconds that `times` calls took."""
    if contender.loop is not None:
        run = contender.loop.run_until_complete
        return float(run(timed_async(contender, operation, value, times)))
    call = getattr(contender, operation)
    arguments = {"get": ("key",), "set": ("key", value), "get_many": (MANY,)}[operation]
    started = time.perf_counter()
    for _ in range(times):
        call(*arguments)
    return time.perf_counter() - started


async def timed_async(contender: Contender, operation: str, value: Any, times: int) -> float:
    """The same in the contender's loop."""
    call = getattr(contender, operation)
    arguments = {"get": ("key",), "set": ("key", value), "get_many": (MANY,)}[operation]
    started = time.perf_counter()
    for _ in range(times):
        await call(*arguments)
    return time.perf_counter() - started


def prepare(contender: Contender, value: Any) -> None:
    """Store the value under the keys that will be read."""

    async def store(key: str) -> None:
        await contender.set(key, value)

    for key in ["key", *MANY]:
        if contender.loop is not None:
            contender.loop.run_until_complete(store(key))
        else:
            contender.set(key, value)


def row(
    contenders: dict[str, Contender], operation: str, value: Any, rounds: int
) -> dict[str, float]:
    """Ratios to the first contender, and its own microseconds."""
    times = {}
    for name, contender in contenders.items():
        prepare(contender, value)
        timed(contender, operation, value, 1)
        once = timed(contender, operation, value, 3) / 3
        times[name] = max(1, int(SLICE / once))
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            measured[name].append(timed(contender, operation, value, times[name]) / times[name])
    base = measured[next(iter(contenders))]
    ratios = {
        name: statistics.median(mine / theirs for mine, theirs in zip(values, base))
        for name, values in measured.items()
    }
    return {**ratios, "microseconds": statistics.median(base) * 1e6}


def run(makers: dict[str, Maker], only: list[str], rounds: int, console: Console) -> dict[str, Any]:
    """All rows for one kind of contenders."""
    results: dict[str, Any] = {}
    with PrivateServer() as server, Progress(console=console, transient=True) as progress:
        contenders = {name: make(server.url) for name, make in makers.items()}
        gc.collect()
        gc.freeze()  # the modules of nine frameworks are no part of a read's garbage collections
        rows = [(operation, name) for operation in only for name in VALUES]
        for operation, name in progress.track(rows, description="measuring"):
            results[f"{operation} {name}"] = row(contenders, operation, VALUES[name], rounds)
    return results


def fix_malloc() -> None:
    """Start again with fixed thresholds of malloc.

    glibc adapts them to what happened to be freed before, and by that alone a figure for entries
    of 180 KB can treble.
    """
    fixed = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
    if not fixed.items() <= os.environ.items():
        os.environ.update(fixed)
        os.execv(sys.executable, [sys.executable, *sys.argv])


def main() -> None:
    """Run, show, and write JSON if asked."""
    style = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    parser.add_argument("--only", nargs="+", choices=OPERATIONS, default=list(OPERATIONS))
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    fix_malloc()
    console = Console(width=150)
    python = f"Python {platform.python_version()}"
    console.print(f"{server_version()}, {python}, redis-py {version('redis')}")
    written = {}
    for kind in options.kinds:
        written[kind] = run(KINDS[kind], options.only, options.rounds, console)
        show(kind, list(KINDS[kind]), BASELINES, written[kind], console)
    if options.json:
        options.json.write_text(json.dumps(written, indent=2))
    console.print("Next: what each of these loses when a release changes: make demo")


if __name__ == "__main__":
    main()
