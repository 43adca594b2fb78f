"""Makes the two logs of this example; the same ones every time.

Usage: python3 make_log.py

access.log asks for everything in articles.csv. access-ascii.log asks only for what is ASCII, so
nothing that it brings into the cache could show what went wrong in 2019.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).resolve().parent
LINES = 400
SEED = 2019
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:70.0) Gecko/20100101 Firefox/70.0",
    "curl/7.64.0",
    "feedreader/2.1",
)
# What a server also writes: a TLS greeting to a plain port, and a line that a full disk cut short.
BROKEN = (
    '203.0.113.9 - - [18/Nov/2019:10:02:11 +0000] "\\x16\\x03\\x01\\x02" 400 157 "-" "-"',
    "198.51.100.7 - - [18/Nov/2019:10:03:4",
)

Row = dict[str, str]


def main() -> None:
    """Write both logs."""
    with (HERE / "articles.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    ascii_rows = [row for row in rows if all(text.isascii() for text in row.values())]
    for name, chosen, broken in (
        ("access.log", rows, BROKEN),
        ("access-ascii.log", ascii_rows, ()),
    ):
        choice = random.Random(SEED)
        requests = [_request(choice, chosen) for _ in range(LINES - len(broken))]
        written = _lines(choice, requests, broken)
        (HERE / name).write_text("\n".join(written) + "\n", encoding="ascii")
        print(f"{name}: {len(written)} lines")


def _request(choice: random.Random, rows: list[Row]) -> tuple[str, str]:
    row = choice.choice(rows)
    kind = choice.choices(("article", "views", "authors", "search", "comment"), (5, 1, 1, 3, 1))[0]
    number = row["number"]
    if kind == "search":
        # the last words of titles: words that are found in few articles
        return "GET", "/search?q=" + quote(row["title"].split()[-1].strip("?"))
    return {
        "article": ("GET", f"/articles/{number}"),
        "views": ("GET", f"/articles/{number}/views"),
        "authors": ("GET", f"/sections/{quote(row['section'])}/authors"),
        "comment": ("POST", f"/articles/{number}/comments"),
    }[kind]


def _lines(
    choice: random.Random, requests: Iterable[tuple[str, str]], broken: Iterable[str]
) -> list[str]:
    when = datetime(2019, 11, 18, 10, 0, tzinfo=timezone.utc)
    lines = []
    for method, target in requests:
        when += timedelta(seconds=choice.randrange(4))
        status, size = (202, 0) if method == "POST" else (200, choice.randrange(90, 400))
        lines.append(
            f"192.0.2.{choice.randrange(1, 255)} - - [{when:%d/%b/%Y:%H:%M:%S %z}] "
            f'"{method} {target} HTTP/1.1" {status} {size} "-" "{choice.choice(AGENTS)}"'
        )
    for line in broken:
        lines.insert(choice.randrange(len(lines)), line)
    return lines


if __name__ == "__main__":
    main()
