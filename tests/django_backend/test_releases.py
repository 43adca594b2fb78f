"""The backend on the oldest and the newest Django that it is for, and between.

All of this folder's tests but the slow ones, and the suite of that release of Django itself.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from cache_libraries import install
from conftest import python
from django_backend.test_peers_suite import DJANGO, PEERS, SOURCE, compare
from peer_sources import SECONDS, unpacked
from shelflife.testing import PrivateServer

ROOT = SOURCE.parent
BESIDES = ("hiredis==3.0.0", "ormsgpack", "msgpack", "psutil", "pytest>=8", "asgiref")


class Release(NamedTuple):
    """A Python, and what is installed for it."""

    python: str
    django: str
    django_redis: str
    driver: str

    def __str__(self) -> str:
        return f"{self.python}-{self.django}"


RELEASES = [
    Release("3.9", "4.2", "5.2.0", "4.5.5"),
    Release("3.9", "4.2.30", "5.4.0", "5.0.8"),
    Release("3.10", "5.0.14", "5.4.0", "5.2.1"),
    Release("3.12", "5.2.19", "6.0.0", "6.4.0"),
    Release("3.13", "6.1.3", "7.0.0", "7.1.0"),
]


def surroundings(release: Release) -> tuple[str, dict[str, str]]:
    """Give an interpreter, and an environment in which it has the packages of a release."""
    program = python(release.python)
    pins = (
        f"Django=={release.django}",
        f"django-redis=={release.django_redis}",
        f"redis=={release.driver}",
    )
    packages = install(program, (*pins, *BESIDES))
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    return program, {**kept, "PYTHONPATH": os.pathsep.join([str(SOURCE), str(packages)])}


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=str)
def test_every_release(release: Release, server_program: str) -> None:
    """All of this folder's tests pass."""
    program, environment = surroundings(release)
    run = subprocess.run(
        [
            *(program, "-m", "pytest", "-q", "-m", "not slow", "-W", "default", "--override-ini"),
            *("addopts=--import-mode=importlib", "-p", "no:cacheprovider", "tests/django_backend"),
        ],
        env={
            **environment,
            "SHELFLIFE_REDIS_SERVER": server_program,
            "SHELFLIFE_REQUIRE": "redis",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )

    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) > 150, run.stdout[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("release", [RELEASES[1], RELEASES[-1]], ids=str)
def test_the_suite_of_every_release(
    release: Release, server: PrivateServer, tmp_path: Path
) -> None:
    """Django's own tests of that release pass."""
    source = unpacked("Django", release.django, tmp_path / "source")
    program, environment = surroundings(release)
    url, results = server.url.rpartition("/")[0], tmp_path / "results.json"
    subprocess.run(
        [program, str(PEERS / "django_suite.py"), str(source / "tests"), url, str(results)],
        env=environment,
        check=True,
        timeout=SECONDS,
    )

    compare(results, DJANGO, 150)
