"""The caches that a rehearsal runs on: private servers, or one that the plan names."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Optional

from shelflife.cli.rdb import check_rdb, open_rdb
from shelflife.rehearse.cache_server import CacheServer, OpenCache
from shelflife.rehearse.plan import CachePlan
from shelflife.stores.address import parse_url
from shelflife.testing import PrivateServer, find_server, server_version

_DATABASES = 16  # a server's own default


class _Server(NamedTuple):
    url: str
    shown: str
    private: bool


def cache_opener(plan: CachePlan, keep_logs: Optional[Path] = None) -> OpenCache:
    """Give what starts the caches of a plan.

    Args:
        plan: What it says of the cache.
        keep_logs: The folder where the logs of private servers are kept.

    Raises:
        NoServer: There is no server program.
    """
    program = plan.server or find_server()
    shown = server_version(program)
    options = (*plan.options, "--databases", str(max(_DATABASES, plan.database + 1)))

    @contextmanager
    def keeping(server: PrivateServer, shared: bool) -> Iterator[None]:
        try:
            yield
        finally:
            if keep_logs is not None:
                name = "cache.log" if shared else f"cache-alone-{server.port}.log"
                keep_logs.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(server.folder / "server.log", keep_logs / name)

    @contextmanager
    def open_cache(seed_entries: Optional[Path], shared: bool) -> Iterator[CacheServer]:
        if shared and plan.url is not None:
            yield _Server(plan.url, parse_url(plan.url, {})[0].shown, private=False)
        elif seed_entries is not None:
            check_rdb(seed_entries)
            loaded = open_rdb(seed_entries, *options, program=program)
            with loaded as server, keeping(server, shared):
                yield _Server(_at(server, plan), shown, private=True)
        else:
            with PrivateServer(*options, program=program) as server, keeping(server, shared):
                yield _Server(_at(server, plan), shown, private=True)

    return open_cache


def _at(server: PrivateServer, plan: CachePlan) -> str:
    return f"redis://127.0.0.1:{server.port}/{plan.database}"
