from __future__ import annotations

from collections.abc import Iterator

import pytest

from shelflife.stores.tap import Tap
from shelflife.testing import PrivateServer
from stores.tap.told import Told


@pytest.fixture
def told() -> Told:
    """What the tap of this test has told."""
    return Told()


@pytest.fixture
def tap(server: PrivateServer, told: Told) -> Iterator[Tap]:
    """A tap before a real, empty server."""
    with Tap("127.0.0.1", server.port, told.append) as running:
        yield running
