"""Fixtures: one real, private server for the session, and a database of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import pytest

from shelflife.pytest_plugin.promises import missing

if TYPE_CHECKING:
    from shelflife.testing import PrivateServer

DATABASES = 512
_TURNS: pytest.StashKey[Iterator[int]] = pytest.StashKey()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[PrivateServer]:
    """A real Redis or Valkey server on 127.0.0.1, started for this session (or xdist worker)."""
    # Only who asks for a server pays for what starts one.
    from shelflife.testing import NoServer, PrivateServer  # noqa: PLC0415

    try:
        running = PrivateServer("--databases", str(DATABASES)).start()
    except NoServer as error:
        missing("redis", str(error))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def shelflife_url(redis_server: PrivateServer, pytestconfig: pytest.Config) -> str:
    """The URL of an empty database of the session's server, which no other test has now."""
    from shelflife.testing.asking import ask  # noqa: PLC0415 - see above

    if not redis_server.is_running():  # a test may have ended it
        redis_server.start()
    turns = pytestconfig.stash.setdefault(_TURNS, count())
    number = next(turns) % DATABASES
    ask(redis_server, "FLUSHDB", database=number)
    return f"redis://127.0.0.1:{redis_server.port}/{number}"
