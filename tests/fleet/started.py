"""Real processes of a fleet, started and ended by tests."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import shelflife
from fleet.conftest import HIGH, KEY, LOW
from shelflife.fleet.records import Commit
from shelflife.floors import parse_floor
from shelflife.testing import PrivateServer

_PROGRAM = Path(__file__).parent / "member.py"
PREFIX = "a:"
FOLLOWS: dict[str, Any] = {
    "fleet": "api",
    "fleet_minimum": LOW,
    "floor": "fleet",
    "reads": "werkzeug",
}


class Started:
    """One process.

    Args:
        server: Where its cache is.
        release: What it is called.
        **told: What `member.py` does besides; `options` go to the cache.
    """

    def __init__(self, server: PrivateServer, release: str, **told: Any) -> None:
        given = {
            "url": server.url,
            "port": server.port,
            "prefix": PREFIX,
            **told,
            "options": {**FOLLOWS, "release": release, **told.get("options", {})},
        }
        source = str(Path(shelflife.__file__).parent.parent)
        self.release = release
        self.ended_at: Optional[float] = None
        self.process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), json.dumps(given)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": source},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("joined "), line
        self.joined_at = float(line.split()[1])

    def end(self) -> dict[str, int]:
        """End it as a deploy does, and give what it counted."""
        self.ended_at = time.time()
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=20)
        found: dict[str, int] = json.loads(said.splitlines()[-1])
        return found

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.ended_at = time.time()
        self.process.kill()
        self.process.communicate(timeout=20)

    def stop(self) -> None:
        """Stop it where it is."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def ended(*started: Started) -> Iterator[None]:
    """End processes that a failing test has left."""
    try:
        yield
    finally:
        for one in started:
            if one.process.poll() is None:
                one.go_on()
                one.kill()


def forms(client: Any) -> set[str]:
    """The forms of the entries that are there."""
    entries = client.mget(client.keys(f"{PREFIX}k:*")) or []
    return {form_of(entry) for entry in entries if entry is not None}


def form_of(entry: bytes) -> str:
    """Who wrote an entry."""
    return "shelflife" if entry[:4] in (b"!\xc1SL", b"\xc1SL\x01") else "werkzeug"


def members(client: Any) -> list[bytes]:
    """The members in the registry."""
    return [name for name in client.hkeys(KEY) if name.startswith(b"member:")]


def commit(client: Any, floor: str = HIGH) -> None:
    """Commit a floor without asking anybody."""
    record = Commit(parse_floor(floor), None, "ana", None, ())
    client.hset(KEY, mapping={"floor": record.framed(), "version": str(time.time())})
