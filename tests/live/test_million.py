"""A million entries: the results of the small run, in flat memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from live.conftest import OLD, pickled
from shelflife.testing import PrivateServer

# Linux counts what the process was forked from into `ru_maxrss`, but not into VmHWM.
PROGRAM = """
import re, resource, sys
from shelflife.cli import main
code = main()
try:
    peak = int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("PEAK", peak // 1024, file=sys.stderr)
sys.exit(code)
"""


def counted(server: PrivateServer, count: int, tmp_path: Path) -> tuple[dict[str, int], int]:
    """Entries by what is said of them, and the auditing process's peak memory in MiB."""
    kinds = [
        b"!" + pickled(OLD, "{'t': u'caf\\xe9'.encode('utf-8')}"),
        b"!" + pickled(OLD, "datetime.datetime(2019, 11, 5)"),
        b"!\x80\x04}\x94.",
        b"!\x80\x04\x8c\x0aapp.models\x8c\x07Article\x93)\x81.",
        b"7",
    ]
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
        for start in range(0, count, 10_000):
            pipe = client.pipeline(transaction=False)
            for number in range(start, start + 10_000):
                entry = kinds[number % len(kinds)]
                pipe.set(f"api:{number % 7}:{number}", entry, px=10**8 + number)
            pipe.execute()
    report = tmp_path / f"{count}.json"
    words = ["audit", server.url, "--target", "python2.7", "--target", "python3.8"]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words, "--json", str(report)],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    groups = json.loads(report.read_text())["groups"]
    found: dict[str, int] = {}
    for group in groups:
        verdicts = group["verdicts"] | group["rewritten"]
        key = json.dumps([group["dialect"], {n: v["verdict"] for n, v in verdicts.items()}])
        found[key] = found.get(key, 0) + group["count"]
    return found, int(done.stderr.rpartition("PEAK ")[2])


@pytest.mark.slow
def test_a_million_entries(server_program: str, tmp_path: Path) -> None:
    """Below 300 MiB, and in the proportions of ten thousand."""
    with PrivateServer(program=server_program) as server:
        small, _ = counted(server, 10_000, tmp_path)
        large, peak = counted(server, 1_000_000, tmp_path)

    assert large == {key: 100 * count for key, count in small.items()}
    assert peak < 300
