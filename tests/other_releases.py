"""Runs a folder of our tests with another Python and other releases of what it is about."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from cache_libraries import install
from conftest import python

ROOT = Path(__file__).parent.parent
BESIDES = ("hiredis==3.0.0", "ormsgpack", "msgpack", "pytest>=8", "psutil", "hypothesis")
_SECONDS = 300


class Release(NamedTuple):
    """A Python, and what is installed for it."""

    python: str
    pins: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.python}-{'-'.join(self.pins)}"


def check(release: Release, folder: str, server_program: str, *more: str, at_least: int) -> None:
    """Run the tests of a folder, but for the slow ones.

    Args:
        release: With what.
        folder: Below `tests`.
        server_program: The server they use.
        *more: Further packages.
        at_least: How many tests must pass: skipped ones prove nothing.
    """
    program = python(release.python)
    packages = install(program, (*release.pins, *more, *BESIDES))
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [
            *(program, "-m", "pytest", "-q", "-m", "not slow", "-W", "default", "--override-ini"),
            *("addopts=--import-mode=importlib", "-p", "no:cacheprovider", f"tests/{folder}"),
        ],
        env={
            **kept,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(packages)]),
            "SHELFLIFE_REDIS_SERVER": server_program,
            "SHELFLIFE_REQUIRE": "redis",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )

    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) >= at_least, run.stdout[-2000:]
