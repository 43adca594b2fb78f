"""Real entries in a real server, and the commands as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
from click.testing import CliRunner

from shelflife.cli.command import shelflife


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    said: str
    document: dict[str, Any]

    @property
    def counts(self) -> dict[str, int]:
        """What became of the entries, without what did not occur."""
        return {name: count for name, count in self.document["counts"].items() if count}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `shelflife` with these words, in a folder of its own; also ask for its JSON."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Ran:
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        given = [*map(str, words), "--json", str(report)]
        done = CliRunner().invoke(shelflife, given, standalone_mode=False)
        if done.exception is not None:
            if not hasattr(done.exception, "format_message"):
                raise done.exception
            return Ran(2, done.exception.format_message(), {})
        document = json.loads(report.read_text())
        if "counts" in document:
            counts = dict(document["counts"])
            assert counts.pop("selected") == sum(counts.values())
        assert document["exit_code"] == done.return_value
        return Ran(document["exit_code"], done.output, document)

    return run


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of the real, empty server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


def contents(client: redis.Redis) -> dict[bytes, tuple[Any, bool]]:
    """All strings of a cache, and whether each expires."""
    return {
        key: (client.get(key), client.pttl(key) > 0)
        for key in client.scan_iter(count=1000)
        if client.type(key) == b"string"
    }
