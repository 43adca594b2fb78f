"""Releases of Flask and Flask-Caching, oldest to newest, that our tests are run with."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from cache_libraries import install
from conftest import python

ROOT = Path(__file__).parent.parent.parent
DRIVER = ("hiredis==3.0.0", "ormsgpack", "msgpack", "pytest>=8", "psutil")


class Release(NamedTuple):
    """A Python, and what is installed for it."""

    python: str
    pins: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.python}-{'-'.join(self.pins[:2])}"


RELEASES = [
    Release("3.9", ("Flask==2.2.0", "Flask-Caching==2.0.1", "Werkzeug==2.2.0", "redis==4.5.5")),
    Release("3.9", ("Flask==2.2.5", "Flask-Caching==2.0.2", "Werkzeug==2.2.3", "redis==5.0.8")),
    Release("3.10", ("Flask==2.3.3", "Flask-Caching==2.1.0", "Werkzeug==2.3.8", "redis==5.2.1")),
    Release("3.12", ("Flask==3.0.3", "Flask-Caching==2.3.1", "Werkzeug==3.0.6", "redis==6.4.0")),
    Release("3.13", ("Flask==3.1.0", "Flask-Caching==2.4.1", "Werkzeug==3.1.3", "redis==7.1.0")),
    Release("3.13", ("Flask==3.1.3", "Flask-Caching==2.5.1", "Werkzeug==3.1.4", "redis==7.1.0")),
]


def check(release: Release, folder: str, server_program: str) -> None:
    """Run the tests of a folder, but for the slow ones, with a release."""
    program = python(release.python)
    packages = install(program, (*release.pins, "cachelib", "asgiref", *DRIVER))
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [
            *(program, "-m", "pytest", "-q", "-m", "not slow", "-W", "default", "--override-ini"),
            *("addopts=--import-mode=importlib", "-p", "no:cacheprovider", f"tests/{folder}"),
        ],
        env={
            **environment,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(packages)]),
            "SHELFLIFE_REDIS_SERVER": server_program,
            "SHELFLIFE_REQUIRE": "redis",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) > 70, run.stdout[-2000:]
