"""Reads `[cache]`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Optional

from shelflife.rehearse.plan.loopback import check_cache_url
from shelflife.rehearse.plan.parts import CachePlan
from shelflife.rehearse.plan.tables import Table

_HIGHEST_DATABASE = 2**31 - 1


def read_cache(table: Table) -> CachePlan:
    """Give the cache of a table; a private one if the table is empty."""
    url = table.text("url")
    database = table.whole("database", 0, _HIGHEST_DATABASE)
    if url is not None:
        database = _database_of(table, url, database)
    return CachePlan(
        url=url,
        server=_server(table),
        options=table.texts("options"),
        seed_entries=there(table, "seed_entries"),
        prefix=table.any_text("prefix"),
        database=database or 0,
    )


def there(table: Table, key: str) -> Optional[Path]:
    """Give the file that a key names; None if the key is not there.

    Raises:
        ConfigurationError: If the file is not there.
    """
    given = table.text(key)
    if given is None:
        return None
    path, kind = table.path(key, given)
    if kind == "folder":
        raise table.error(key, f"is a folder, not a file: {path}")
    if kind == "nothing":
        raise table.error(key, f"there is no {path} (relative to the plan's file)")
    return path


def _database_of(table: Table, url: str, database: Optional[int]) -> Optional[int]:
    parts = check_cache_url(table, "url", url)
    for key in ("server", "options"):
        if key in table:
            raise table.error(key, "is for a private server: leave out either this or `url`")
    named = parts.path.strip("/")
    if not named:
        return database
    if not named.isdecimal():
        raise table.error("url", 'ends in no database: write for example "redis://127.0.0.1/0"')
    if database not in {None, int(named)}:
        raise table.error("database", f"is {database}, but the url says {int(named)}")
    return int(named)


def _server(table: Table) -> Optional[str]:
    given = table.text("server")
    if given is None:
        return None
    found = shutil.which(str(table.folder / given) if "/" in given else given)
    if found is None:
        raise table.error("server", f"there is no program {given!r}: install it, or leave it out")
    return found
