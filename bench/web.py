"""Cached pages of Flask and FastAPI: each integration beside its originals, and beside no cache.

    make bench                                       everything, this as well
    .venv/bin/python bench/web.py                    only this
    .venv/bin/python bench/web.py --kinds Flask --rounds 5

Applications are called in process, as a server would call them: what is measured is the framework,
the cache and the Redis server, but no HTTP. A hit finds the page; a miss computes and stores it.
Every contender runs in turn, round after round; a figure is the median over the rounds of a
contender's time divided by the original's in the same round. That hits are hits, and misses are
misses, is counted.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import itertools
import json
import platform
import statistics
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import redis
from pages import FASTAPI, FLASK, Contender, Maker
from rich.console import Console
from rich.progress import Progress
from run import fix_malloc
from tables import show
from values import VALUES

from shelflife.testing import PrivateServer, server_version

SLICE = 0.04  # seconds a contender works in one round
PAGES = {size: VALUES[name] for size, name in zip(("100 B", "10 KB", "180 KB"), VALUES)}
KINDS = {"Flask": FLASK, "FastAPI": FASTAPI}


def seconds(contender: Contender, paths: list[str]) -> float:
    """Give how long these pages take."""

    async def asked() -> float:
        began = time.perf_counter()
        for path in paths:
            await contender.get(path)
        return time.perf_counter() - began

    if contender.loop is not None:
        return float(contender.loop.run_until_complete(asked()))
    began = time.perf_counter()
    for path in paths:
        contender.get(path)
    return time.perf_counter() - began


class Asking:
    """Asks one contender for hits, or for misses, and makes sure that they are such."""

    names = itertools.count()

    def __init__(self, contender: Contender, what: str, *, is_cached: bool) -> None:
        self._contender = contender
        self._is_hit = what == "hit"
        self._computes = not (self._is_hit and is_cached)

    def ask(self, times: int) -> float:
        """Give the seconds that one takes."""
        page = self._contender.page
        if self._is_hit:
            paths = [f"/page/{next(self.names)}"] * times
            seconds(self._contender, paths[:1])
        else:
            paths = [f"/page/{next(self.names)}" for _ in range(times)]
        before = page.computed
        took = seconds(self._contender, paths)
        expected = times if self._computes else 0
        if page.computed - before != expected:
            raise RuntimeError(f"{page.computed - before} of {times} computed, not {expected}")
        return took / times

    def fitting(self) -> int:
        """Give how many fill a slice."""
        self.ask(3)
        return max(1, int(SLICE / self.ask(5)))


def row(
    contenders: dict[str, Contender], what: str, value: Any, rounds: int, client: Any
) -> dict[str, float]:
    """Ratios to the first contender, and its own microseconds."""
    for contender in contenders.values():
        contender.page.value = value
    asking = {
        name: Asking(contender, what, is_cached=name != "no cache")
        for name, contender in contenders.items()
    }
    times = {name: asked.fitting() for name, asked in asking.items()}
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, asked in asking.items():
            client.flushall()
            measured[name].append(asked.ask(times[name]))
    base = next(iter(measured.values()))
    ratios = {
        name: statistics.median(mine / theirs for mine, theirs in zip(figures, base))
        for name, figures in measured.items()
    }
    return {**ratios, "microseconds": statistics.median(base) * 1e6}


def run(makers: dict[str, Maker], rounds: int, console: Console) -> dict[str, Any]:
    """All rows for one framework."""
    results: dict[str, Any] = {}
    with PrivateServer() as server, Progress(console=console, transient=True) as progress:
        client = redis.Redis.from_url(server.url)
        contenders = dict(installed(makers, server.url, console))
        gc.collect()
        gc.freeze()
        rows = [(what, size) for what in ("hit", "miss") for size in PAGES]
        for what, size in progress.track(rows, description="measuring"):
            figures = row(contenders, what, PAGES[size], rounds, client)
            results[f"{what}, {size}"] = figures
    return results


def installed(
    makers: dict[str, Maker], url: str, console: Console
) -> Iterator[tuple[str, Contender]]:
    """Make those whose packages are there."""
    for name, make in makers.items():
        try:
            yield name, make(url)
        except ModuleNotFoundError as error:
            console.print(f"{name} is left out: {error}")


def versions() -> str:
    """Name what is measured."""
    found = {}
    for name in ("Flask", "Flask-Caching", "fastapi", "fastapi-cache2", "aiocache", "redis"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return ", ".join(map(" ".join, found.items()))


def main() -> None:
    """Run, show, and write JSON if asked."""
    style = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    fix_malloc()
    console = Console(width=150)
    console.print(f"{server_version()}, Python {platform.python_version()}, {versions()}")
    written = {}
    for kind in options.kinds:
        written[kind] = run(KINDS[kind], options.rounds, console)
        names = [name for name in KINDS[kind] if name in next(iter(written[kind].values()))]
        show(kind, names, ("no cache",), written[kind], console)
    if options.json:
        options.json.write_text(json.dumps(written, indent=2))
    console.print("Next: what these caches make of an entry they cannot read: docs/comparison.md")


if __name__ == "__main__":
    main()
