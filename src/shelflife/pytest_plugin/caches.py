"""Fixtures: a cache on a real server, with the options that the tests ask for.

The options are those of the fixture `shelflife_cache_options`, and over them those of the markers
`shelflife`, the closest last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from shelflife import AsyncCache, Cache


@pytest.fixture
def shelflife_cache_options() -> dict[str, Any]:
    """The options of the caches, as your service gives them; override it in a conftest.py."""
    return {}


@pytest.fixture
def shelflife_cache(
    request: pytest.FixtureRequest,
    shelflife_url: str,
    shelflife_cache_options: dict[str, Any],
) -> Iterator[Cache]:
    """A `Cache` on an empty database of a real server."""
    # Loading the plugin must cost nothing.
    from shelflife import Cache  # noqa: PLC0415

    with Cache(shelflife_url, **merged_options(request, shelflife_cache_options)) as cache:
        yield cache


@pytest.fixture
def shelflife_async_cache(
    request: pytest.FixtureRequest,
    shelflife_url: str,
    shelflife_cache_options: dict[str, Any],
) -> AsyncCache:
    """An `AsyncCache` on an empty database of a real server, for whatever loop the test runs in.

    Each loop closes its connections when it ends.
    """
    from shelflife import AsyncCache  # noqa: PLC0415 - see above

    return AsyncCache(shelflife_url, **merged_options(request, shelflife_cache_options))


def merged_options(request: pytest.FixtureRequest, options: dict[str, Any]) -> dict[str, Any]:
    """Give the options of a test's caches: those of the fixture, and over them the markers'."""
    merged = dict(options)
    markers = list(request.node.iter_markers("shelflife"))
    for marker in reversed(markers):  # the closest comes first
        if marker.args:
            raise pytest.UsageError(
                f"{request.node.nodeid}: the marker shelflife takes options of a cache by name, "
                'such as @pytest.mark.shelflife(reads="werkzeug")'
            )
        merged.update(marker.kwargs)
    return merged
