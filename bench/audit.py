"""How fast an audit goes: the walker beside others, and the audit as a share of the bare wire.

    make bench                                  everything, this as well
    .venv/bin/python bench/audit.py --keys 1000000   only this, with a million entries

The wire is SCAN and pipelined GET on one connection, decoding nothing: what no audit can exceed.
All of a comparison runs in turn, round after round; a figure is the median of the rounds.
"""

from __future__ import annotations

import argparse
import io
import pickle
import pickletools
import random
import resource
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import redis
from rich.console import Console
from rich.table import Table
from wire import open_wire, pack

from shelflife.live.audit import Audit, Options
from shelflife.pickles import facts
from shelflife.runtimes import open_target
from shelflife.stores.inspection import Inspector
from shelflife.testing import PrivateServer, server_version

ROUNDS = 5


class Walker(NamedTuple):
    """Something that goes through a pickle without loading it."""

    name: str
    walk: Callable[[bytes], object]


def walkers() -> list[Walker]:
    """Ours, the standard library's, and two scanners."""
    from fickling.fickle import Pickled
    from picklescan.scanner import scan_pickle_bytes

    return [
        Walker("shelflife", facts),
        Walker("pickletools.genops", lambda data: sum(1 for _ in pickletools.genops(data))),
        Walker(
            f"picklescan {version('picklescan')}",
            lambda data: scan_pickle_bytes(io.BytesIO(data), "entry"),
        ),
        Walker(f"fickling {version('fickling')}", lambda data: Pickled.load(data).properties),
    ]


def rows(count: int) -> list[dict[str, Any]]:
    """Articles with text that is not ASCII."""
    chance = random.Random(7)
    letters = "abcdefgh ijklmnop äöü"
    return [
        {
            "id": number,
            "title": f"Größe {number}",
            "body": "".join(chance.choices(letters, k=80)),
            "price": chance.random(),
            "tags": ["news", f"t{chance.randint(0, 99)}"],
            "ok": True,
        }
        for number in range(count)
    ]


def speed(walk: Callable[[bytes], object], data: bytes) -> float:
    """Megabytes a second, over a twentieth of a second or one call; 0 if it gives up."""
    try:
        walk(data)
    except NotImplementedError:  # fickling knows no FLOAT of protocol 0
        return 0.0
    begun = time.perf_counter()
    calls = 0
    while not calls or time.perf_counter() - begun < 0.05:
        walk(data)
        calls += 1
    return len(data) * calls / (time.perf_counter() - begun) / 1e6


def bench_walkers(console: Console) -> None:
    """The walkers on the same pickles."""
    found = walkers()
    table = Table("MB/s", *(walker.name for walker in found), title="walking pickles")
    for label, count in (("1 KB", 5), ("10 KB", 50), ("180 KB", 900)):
        for protocol in (0, 2, 4, 5):
            data = pickle.dumps(rows(count), protocol)
            measured: dict[str, list[float]] = {walker.name: [] for walker in found}
            for _ in range(ROUNDS):
                for walker in found:
                    measured[walker.name].append(speed(walker.walk, data))
            medians = [statistics.median(figures) for figures in measured.values()]
            cells = [f"{median:.1f}" if median else "gives up" for median in medians]
            table.add_row(f"{label}, protocol {protocol}", *cells)
    console.print(table)
    compiled = isinstance(facts, type(len))
    console.print(f"The walker is {'compiled' if compiled else 'plain Python'}.")


def fill(server: PrivateServer, count: int, size: int, protocol: int = 0) -> None:
    """Write so many entries of about so many bytes, as cachelib and werkzeug do.

    Of one pickle protocol, or of 2, 4 and 5 in turn if that is 0.
    """
    batch = rows(max(1, size // 160) * 20)
    step = max(1, size // 160)
    protocols = (protocol,) if protocol else (2, 4, 5)
    kinds = [pickle.dumps(batch[at : at + step], p) for p in protocols for at in range(0, 80, step)]
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
        for start in range(0, count, 5000):
            pipe = client.pipeline(transaction=False)
            for number in range(start, min(count, start + 5000)):
                entry = b"!" + kinds[number % len(kinds)]
                pipe.set(f"api:article:{number}", entry, px=60_000 + number)
            pipe.execute()


def bare_wire(port: int) -> int:
    """SCAN and pipelined GET of everything; give the number of entries."""
    cursor, seen = b"", 0
    with open_wire(port) as ask:
        while cursor != b"0":
            ((cursor, keys),) = ask(pack(("SCAN", cursor or b"0", "COUNT", "500")), 1)
            packed = b"".join(pack(("GET", key)) for key in keys)
            seen += sum(1 for _ in ask(packed, len(keys)))
    return seen


def audit(url: str, stage: str, targets: list[str]) -> Audit:
    """One audit of everything."""
    inspector = Inspector(url)
    readers = [open_target(target) for target in targets]
    run = Audit(inspector, readers, Options(stage=stage))
    run.prepare()
    run.run(lambda *_: None)
    inspector.close()
    return run


def bench_audit(console: Console, count: int) -> None:
    """The audit's share of the wire, and its memory."""
    table = Table("", "wire, entries/s", "audit, entries/s", "share", "peak memory of this process")
    targets = ["python2.7", "python3.8", "python3.13"]
    with PrivateServer() as server:
        for label, size in (("1 KB", 1000), ("10 KB", 10_000)):
            number = count if size == 1000 else max(1000, count // 5)
            fill(server, number, size)
            wire, ours = [], []
            for _ in range(ROUNDS if count <= 200_000 else 1):
                begun = time.perf_counter()
                assert bare_wire(server.port) == number
                wire.append(number / (time.perf_counter() - begun))
                begun = time.perf_counter()
                assert audit(server.url, "resolve", targets).tally.entries == number
                ours.append(number / (time.perf_counter() - begun))
            share = statistics.median(mine / bare for mine, bare in zip(ours, wire))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            table.add_row(
                f"{number:,} entries of {label}",
                f"{statistics.median(wire):,.0f}",
                f"{statistics.median(ours):,.0f}",
                f"{share:.2f}",
                f"{peak:.0f} MiB",
            )
    console.print(table)


def main() -> None:
    """Run and show."""
    style = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=style)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--no-walkers", action="store_true")
    options = parser.parse_args()
    console = Console(width=120)
    console.print(server_version())
    if not options.no_walkers:
        bench_walkers(console)
    bench_audit(console, options.keys)
    console.print("Next: what an audit says: shelflife audit URL --target python3.13")


if __name__ == "__main__":
    main()
