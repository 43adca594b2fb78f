"""How fast entries are changed: beside a bare pipeline that reads and writes each of them.

    make bench                                    everything, this as well
    .venv/bin/python bench/repair.py --keys 200000   only this

The bare pipeline is SCAN, GET of a batch and SET XX KEEPTTL of a batch on one connection, decoding
nothing and looking at nothing. All of a comparison runs in turn on the same server, round after
round; a figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from audit import fill
from rich.console import Console
from rich.table import Table
from wire import open_wire, pack

from shelflife.live.pace import Pace
from shelflife.live.repair.action import Action
from shelflife.live.repair.conversion import Converter
from shelflife.live.repair.convert import Convert
from shelflife.live.repair.purge import Purge
from shelflife.live.repair.running import execute, undo
from shelflife.live.repair.selection import Selection
from shelflife.live.repair.task import Task, Watch
from shelflife.live.shards import open_scanner
from shelflife.live.throttle import Gentleness
from shelflife.stores.changer import Changer
from shelflife.stores.changes import Change, Outcome
from shelflife.stores.inspection import open_inspectors
from shelflife.testing import PrivateServer, server_version

ROUNDS = 3
UNBOUNDED = Gentleness(batch_seconds=10.0)


def bare_pipeline(server: PrivateServer) -> int:
    """Read and write everything; give the number of entries."""
    cursor, seen = b"", 0
    with open_wire(server.port) as ask:
        while cursor != b"0":
            words = pack(("SCAN", cursor or b"0", "COUNT", "500"))
            ((cursor, keys),) = ask(words, 1)
            entries = list(ask(b"".join(pack(("GET", key)) for key in keys), len(keys)))
            sets = (("SET", key, entry, "XX", "KEEPTTL") for key, entry in zip(keys, entries))
            seen += sum(1 for _ in ask(b"".join(map(pack, sets)), len(keys)))
    return seen


def compare_and_set_alone(server: PrivateServer) -> int:
    """Scan, and set every entry to what it is if it still is: no decoding, no journal."""
    inspectors = open_inspectors(server.url)
    seen = 0
    with Changer(server.url) as changer:
        for batch in open_scanner(inspectors, b"", Pace(None, None)).batches():
            changes = [Change(entry.key, entry.raw, entry.raw) for entry, _ in batch.entries]
            if changes:
                seen += changer.apply(changes).count(Outcome.DONE)
    for inspector in inspectors:
        inspector.close()
    return seen


def run(action: Action, server: PrivateServer, journal: Path) -> int:
    """Execute an action on everything; give how many entries were changed."""
    task = Task(server.url, action, Selection(prefix="api:"))
    return execute(task, Watch(), UNBOUNDED, journal).summary.total("done")


def bench(console: Console, count: int) -> None:
    """Everything, at two sizes."""
    table = Table("entries/s", "1 KB", "share", "10 KB", "share")
    measured: dict[str, list[str]] = {}
    with PrivateServer() as server, tempfile.TemporaryDirectory() as folder:
        for size in (1_000, 10_000):
            number = count if size == 1_000 else max(1_000, count // 5)
            figures: dict[str, list[float]] = {}
            for turn in range(ROUNDS):
                journals = (Path(folder) / f"{size}-{turn}-{n}" for n in range(9))
                for name, seconds in one_round(server, number, size, journals):
                    figures.setdefault(name, []).append(number / seconds)
            for name, rates in figures.items():
                shares = [mine / bare for mine, bare in zip(rates, figures["bare pipeline"])]
                cells = [f"{statistics.median(rates):,.0f}", f"{statistics.median(shares):.2f}"]
                measured.setdefault(name, []).extend(cells)
    for name, cells in measured.items():
        table.add_row(name, *cells)
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"Peak memory of this process: {peak:.0f} MiB.")


def one_round(
    server: PrivateServer, number: int, size: int, journals: Iterator[Path]
) -> Iterator[tuple[str, float]]:
    """Give how many seconds each of them took, one after the other on the same entries."""

    def timed(work: Callable[[], int]) -> float:
        begun = time.perf_counter()
        assert work() == number
        return time.perf_counter() - begun

    fill(server, number, size)
    yield "bare pipeline", timed(lambda: bare_pipeline(server))
    yield "compare-and-set alone", timed(lambda: compare_and_set_alone(server))
    for name, action in (
        ("convert to portable", Convert(Converter("portable"), [], "resolve")),
        ("convert to werkzeug 3.6", Convert(Converter("werkzeug", "3.6"), [], "resolve")),
    ):
        fill(server, number, size, protocol=5)
        journal = next(journals)
        yield name, timed(lambda: run(action, server, journal))  # noqa: B023 - called at once
        journal.unlink()
    journal = next(journals)
    yield "purge", timed(lambda: run(Purge(), server, journal))
    yield (
        "undo of that",
        timed(lambda: undo(server.url, journal, Watch(), UNBOUNDED).summary.total("done")),
    )
    journal.unlink()


def main() -> None:
    """Run and show."""
    style = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    parser.add_argument("--keys", type=int, default=20_000)
    options = parser.parse_args()
    console = Console(width=120)
    console.print(server_version())
    bench(console, options.keys)
    console.print("Next: what a change would do: shelflife convert URL --to portable")


if __name__ == "__main__":
    main()
