"""How long a rehearsal of 10,000 requests takes, and how much memory, whatever the log's size.

    make bench                                       everything, this as well
    .venv/bin/python bench/rehearsals.py               only this

Two small services of the standard library, on private servers; the rehearsal runs in a process of
its own, whose peak memory is the figure. Beside it: the same requests, sent to one service alone.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

TESTS = Path(__file__).resolve().parent.parent / "tests"
REQUESTS = 10_000
TEXTS = 2_000
LINES = (10_000, 200_000)


def write_log(folder: Path, lines: int) -> None:
    """Write a log in which a few texts are asked for often, and many seldom."""
    choice = random.Random(1)
    with (folder / "access.log").open("w", encoding="ascii") as log:
        for _ in range(lines):
            text = quote(f"größe {int(choice.paretovariate(0.3)) % TEXTS}")
            log.write(
                f'192.0.2.1 - - [18/Nov/2019:10:00:00 +0000] "GET /texts/{text} HTTP/1.1" 200 9\n'
            )


def rehearse(folder: str) -> None:
    """Rehearse in this process, and print the figures."""
    sys.path.insert(0, str(TESTS))
    from rehearse.rehearsing import rehearse as run

    began = time.monotonic()
    outcome, document = run(Path(folder) / "plan.toml")
    sent = sum(course.requests for course in outcome.courses.done)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.monotonic() - began
    print(json.dumps([document["verdict"], len(outcome.distinct), sent, seconds, peak]))


def main() -> None:
    """Print the table."""
    sys.path.insert(0, str(TESTS))
    from rehearse.rehearsing import write_plan

    table = Table("lines of log", "requests", "distinct", "sent", "seconds", "sent/s", "peak MB")
    for lines in LINES:
        with tempfile.TemporaryDirectory(prefix="shelflife-bench-") as made:
            write_plan(Path(made), texts=[], log=f"most = {REQUESTS}\n")
            write_log(Path(made), lines)
            words = [sys.executable, __file__, made]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
        verdict, distinct, sent, seconds, peak = json.loads(done.stdout)
        assert verdict == "safe", verdict
        figures = (lines, REQUESTS, distinct, sent, seconds, sent / seconds, peak)
        table.add_row(*(f"{figure:,.0f}" for figure in figures))
    console = Console()
    console.print(table)
    console.print("A rehearsal sends each distinct request 8 times to learn, and then all phases.")


if __name__ == "__main__":
    rehearse(sys.argv[1]) if len(sys.argv) > 1 else main()
