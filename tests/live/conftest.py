"""Real entries in a real server, and the command as a user runs it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
from click.testing import CliRunner

from conftest import python
from shelflife.cli.command import shelflife

OLD = "2.7"
NEW = "3.8"


class Ran(NamedTuple):
    """How the command ended."""

    code: int
    said: str
    document: dict[str, Any]
    lines: list[dict[str, Any]]


@pytest.fixture
def audit(tmp_path: Path) -> Callable[..., Ran]:
    """Run `shelflife audit` with these words; also ask for its JSON and its lines."""

    def run(source: str, *words: str) -> Ran:
        report, lines = tmp_path / "report.json", tmp_path / "lines.jsonl"
        for file in (report, lines):
            file.unlink(missing_ok=True)
        given = ["audit", source, *words, "--json", str(report), "--entries", str(lines)]
        done = CliRunner().invoke(shelflife, given, standalone_mode=False)
        if done.exception is not None:
            if not hasattr(done.exception, "format_message"):
                raise done.exception
            return Ran(2, done.exception.format_message(), {}, [])
        document = json.loads(report.read_text())
        assert document["exit_code"] == done.return_value
        read = [json.loads(line) for line in lines.read_text().splitlines()]
        return Ran(document["exit_code"], done.output, document, read)

    return run


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the real, empty server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


def pickled(version: str, expression: str, protocol: str = "") -> bytes:
    """What that Python's own pickler writes, at its default protocol or a given one."""
    program = (
        "import sys, datetime, decimal\n"
        "try:\n    import cPickle as pickle\nexcept ImportError:\n    import pickle\n"
        f"data = pickle.dumps({expression}{', ' + protocol if protocol else ''})\n"
        "getattr(sys.stdout, 'buffer', sys.stdout).write(data)\n"
    )
    done = subprocess.run([python(version), "-c", program], capture_output=True, check=True)
    return done.stdout


@pytest.fixture
def both() -> list[str]:
    """The two releases of the incident, as targets."""
    return ["--target", f"old={python(OLD)}", "--target", f"new={python(NEW)}"]
