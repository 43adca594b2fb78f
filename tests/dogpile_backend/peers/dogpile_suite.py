"""A pytest plugin for dogpile's own suite: our backend where it names one of its own.

What the suite gives its stand-ins by way of arguments is no argument of ours, and left out.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
from dogpile.cache.region import _backend_loader  # type: ignore[attr-defined]
from dogpile.testing import fixtures  # registers "mock", before us

from shelflife.dogpile import ShelflifeBackend
from shelflife.dogpile.arguments import KNOWN, PLACE

_numbers = itertools.count()
FORM: dict[str, Any] = json.loads(os.environ["DOGPILE_SUITE_FORM"])


class _Entries(Mapping[str, Any]):
    """What the suite finds in its own stand-in: here, what is on the server."""

    def __init__(self, backend: ShelflifeBackend, prefix: str) -> None:
        self._backend = backend
        self._prefix = prefix

    def _keys(self) -> list[str]:
        with redis.Redis.from_url(os.environ["DOGPILE_SUITE_URL"]) as client:
            found = client.scan_iter(f"{self._prefix}*")
            return [key.decode()[len(self._prefix) :] for key in found]

    def __getitem__(self, key: str) -> Any:
        if str(key) not in self._keys():
            raise KeyError(key)
        return self._backend.get(str(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())


class OnAServer(ShelflifeBackend, fixtures.MockBackend):
    """In place of backends that keep what they have in themselves: each is a prefix of its own."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.arguments = arguments
        prefix = f"{next(_numbers)}:"
        ShelflifeBackend.__init__(
            self, {"url": os.environ["DOGPILE_SUITE_URL"], "prefix": prefix, **FORM}
        )
        self._cache = _Entries(self, prefix)  # type: ignore[assignment]


class InPlaceOfRedis(ShelflifeBackend):
    """In place of the Redis backend: its arguments are ours."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        known = {name: value for name, value in arguments.items() if name in KNOWN}
        strange = set(arguments) - set(known)
        assert not strange & {*PLACE, "url"}
        super().__init__({**known, **FORM})


for name in ("mock", "dogpile.cache.memory"):
    _backend_loader.register(name, __name__, "OnAServer")  # type: ignore[no-untyped-call]
_backend_loader.register("dogpile.cache.redis", __name__, "InPlaceOfRedis")  # type: ignore[no-untyped-call]

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what became of each test."""
    name = report.nodeid.split("/")[-1]
    if report.when == "call" or report.outcome != "passed":
        _outcomes[name] = report.outcome


def pytest_sessionfinish() -> None:
    """Leave it where the test that runs this looks."""
    Path(os.environ["DOGPILE_SUITE_RESULTS"]).write_text(json.dumps(_outcomes), encoding="utf-8")
