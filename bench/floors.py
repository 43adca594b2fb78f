"""What a floor costs when plain data is written: no server, entries only.

    make bench                                       everything, this as well
    .venv/bin/python bench/floors.py                 only this

Each floor beside the same form without one, in turn, round after round; a figure is the median of
the rounds' ratios.
"""

from __future__ import annotations

import pickle
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from audit import rows
from rich.console import Console
from rich.table import Table

from shelflife.cache.core import CacheCore
from shelflife.codecs import Codecs
from shelflife.envelope import seal
from shelflife.stores import MemoryStore

ROUNDS = 15
TYPED = [(datetime(2019, 11, 1, 2, n % 60), Decimal(n) / 7, n) for n in range(40)]
VALUES = {"100 B dict": {"id": 1, "title": "Größe", "ok": True}, "10 KB rows": rows(50)}


class _Cache(CacheCore):
    """A cache of which only the writer is used."""

    def _open(self, *_: Any, **__: Any) -> MemoryStore:
        return MemoryStore()

    @property
    def write(self) -> Callable[[Any], bytes]:
        """Give what makes entries of values."""
        return self._context.writer.write


def forms() -> list[tuple[str, Callable[[Any], bytes], Callable[[Any], bytes]]]:
    """Give the floors, each with the same form without one."""
    codecs = Codecs()

    def portable(value: Any) -> bytes:
        return seal(*codecs.encode(value), guard=False)

    def of(protocol: int) -> Callable[[Any], bytes]:
        return lambda value: b"!" + pickle.dumps(value, protocol)

    return [
        ("python>=3.9", _Cache("memory://").write, portable),
        (
            "shelflife, python>=3.6 (bridge)",
            _Cache("memory://", floor="shelflife, 3.6").write,
            portable,
        ),
        (
            "shelflife, python>=2.7 (bridge)",
            _Cache("memory://", floor="shelflife, 2.7").write,
            portable,
        ),
        ("werkzeug, python>=3.8", _Cache("memory://", floor="werkzeug, 3.8").write, of(5)),
        ("werkzeug, python>=2.7", _Cache("memory://", floor="werkzeug, 2.7").write, of(2)),
    ]


def seconds(write: Callable[[Any], bytes], value: Any) -> float:
    """Give how long one entry takes, over a fiftieth of a second."""
    calls = 0
    begun = time.perf_counter()
    while time.perf_counter() - begun < 0.02:
        for _ in range(10):
            write(value)
        calls += 10
    return (time.perf_counter() - begun) / calls


def main() -> None:
    """Run and show."""
    console = Console(width=120)
    values = {**VALUES, "typed rows (tuples of datetime, Decimal, int)": TYPED}
    table = Table("floor: ratio to the same form without", *values)
    for name, ours, bare in forms():
        cells = []
        for value in values.values():
            both = [(seconds(ours, value), seconds(bare, value)) for _ in range(ROUNDS)]
            cells.append(f"{statistics.median(mine / other for mine, other in both):.2f}")
        table.add_row(name, *cells)
    console.print(table)
    console.print("Next: who reads what is written: docs/floors.md")


if __name__ == "__main__":
    main()
