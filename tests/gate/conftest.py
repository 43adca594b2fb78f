"""Fleets whose counts are looked at, and the command as a pipeline runs it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional

import pytest
import redis
from click.testing import CliRunner

import shelflife
from shelflife import Cache
from shelflife.cli.command import shelflife as program

MINIMUM = "python>=3.9, shelflife"
_SERVICE = Path(__file__).parent / "service.py"


class Ran(NamedTuple):
    """How the command ended."""

    code: int
    said: str
    document: dict[str, Any]

    def check(self, name: str) -> dict[str, Any]:
        """Give a check of the document."""
        return next(check for check in self.document["checks"] if check["name"] == name)

    def results(self, result: str) -> list[str]:
        """Give the names of the checks that came to this."""
        return [check["name"] for check in self.document["checks"] if check["result"] == result]


def run_gate(url: str, folder: Path, *words: str) -> Ran:
    """Run `shelflife gate URL` with these words; also ask for its JSON."""
    report = folder / "gate.json"
    report.unlink(missing_ok=True)
    given = ["gate", url, *words, "--json", str(report)]
    done = CliRunner().invoke(program, given, standalone_mode=False)
    if done.exception is not None:
        if not hasattr(done.exception, "format_message"):
            raise done.exception
        return Ran(2, done.exception.format_message(), {})
    document = json.loads(report.read_text())
    assert document["exit_code"] == done.return_value
    return Ran(document["exit_code"], done.output, document)


@pytest.fixture
def gate(redis_url: str, tmp_path: Path) -> Callable[..., Ran]:
    """Run the command for the fleet `api`, before a promotion unless it is told otherwise."""

    def run(*words: str, url: str = redis_url) -> Ran:
        step = () if "--before" in words else ("--before", "promote")
        return run_gate(url, tmp_path, "--fleet", "api", *step, *words)

    return run


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the real, empty server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def counts(client: redis.Redis) -> Callable[[], dict[tuple[str, ...], int]]:
    """Give what the processes of the fleet `api` have told so far."""

    def give() -> dict[tuple[str, ...], int]:
        found: Counter[tuple[str, ...]] = Counter()
        for key in client.scan_iter("shelflife:fleet:{api}:counts:*"):
            for name, value in client.hgetall(key).items():
                found[tuple(json.loads(name))] += int(value)
        return found

    return give


@pytest.fixture
def join(redis_url: str) -> Iterator[Callable[..., Cache]]:
    """Make caches that are in the fleet `api`; they are closed afterwards."""
    caches: list[Cache] = []

    def make(release: str = "new", *, url: str = redis_url, **options: Any) -> Cache:
        given = {"fleet": "api", "fleet_minimum": MINIMUM, "floor": "fleet", **options}
        caches.append(Cache(url, prefix="a:", release=release, **given))
        caches[-1].has("anything")
        return caches[-1]

    yield make
    for cache in caches:
        cache.close()


class Service:
    """A real process of a release.

    Args:
        url: Where its cache is.
        fleet: The name of its fleet.
        release: What it is called.
        **told: What `service.py` does besides; `options` go to the cache.
    """

    def __init__(self, url: str, fleet: str, release: str, **told: Any) -> None:
        options = {"fleet": fleet, "fleet_minimum": MINIMUM, "floor": "fleet", "release": release}
        given = {"url": url, **told, "options": {**options, **told.get("options", {})}}
        self.process = subprocess.Popen(
            [sys.executable, str(_SERVICE), json.dumps(given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(shelflife.__file__).parent.parent)},
        )

    def wait(self) -> Service:
        """Wait until it has joined."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "joined\n"
        return self

    def say(self, line: str) -> None:
        """Tell it something."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """End it as it should."""
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate(timeout=20)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.process.kill()
        self.process.communicate(timeout=20)


class Started:
    """Processes that are ended with the test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.services: list[Service] = []

    def start(self, fleet: str, release: str, **told: Any) -> Service:
        """Start one, without waiting for it."""
        told.setdefault("seed", len(self.services))
        self.services.append(Service(self.url, fleet, release, **told))
        return self.services[-1]

    def end(self) -> None:
        """End all, at the same time."""
        for service in self.services:
            if service.process.poll() is None and service.process.stdin is not None:
                service.process.stdin.close()
                service.process.stdin = None
        for service in self.services:
            with contextlib.suppress(subprocess.TimeoutExpired):
                service.process.communicate(timeout=10)
            if service.process.poll() is None:
                service.kill()


def first_line(text: str) -> Optional[str]:
    """Give the first line that says something."""
    return next((line for line in text.splitlines() if line.strip()), None)
