"""Nothing of a rehearsal is sent anywhere but to the loopback: addresses of a plan are held to it.

Rules:
1. A host is one of `LOOPBACK`, literally: no other name is looked up, whatever it may stand for.
2. A release is not started with the URL of a cache elsewhere in its command or environment: it
   would rehearse on the real one.
"""

from __future__ import annotations

import re
from typing import Optional
from urllib.parse import SplitResult, urlsplit

from shelflife.rehearse.plan.tables import Table

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_CACHE_URL = re.compile(
    r"\b(?:redis|rediss|valkey|valkeys)(?:\+\w+)?://(?:[^\s/@\"']*@)?([^\s/?\"',]*)"
)
_PATH = re.compile(r"/[!-~]*")


def check_ready(table: Table, key: str, ready: str) -> str:
    """Give a ready path or URL back if it may be asked.

    Raises:
        ConfigurationError: If it is neither a path nor a URL on the loopback.
    """
    if _PATH.fullmatch(ready):
        return ready
    parts = _split(ready.replace("{port}", "1"))
    if parts is None or parts.scheme != "http":
        raise table.error(key, 'is neither a path nor an http URL: write for example "/health"')
    _check_host(table, key, parts)
    return ready


def check_cache_url(table: Table, key: str, url: str) -> SplitResult:
    """Give the parts of a cache's URL if it is one on the loopback.

    Raises:
        ConfigurationError: If not.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in {"redis", "valkey"}:
        example = f'{key} = "redis://127.0.0.1:6390/0"'
        raise table.error(key, f"is no URL of one server: write for example {example}")
    _check_host(table, key, parts)
    return parts


def check_no_other_cache(table: Table, key: str, template: str) -> None:
    """Refuse the URL of a cache that is not the rehearsal's.

    Raises:
        ConfigurationError: If there is one.
    """
    for match in _CACHE_URL.finditer(template):
        host = _host_of(match[1])
        if "{" not in host and host not in LOOPBACK:
            raise table.error(
                key,
                f"leads to a cache on {host!r}; the rehearsal has one of its own: "
                "write {cache_url} there",
            )


def _check_host(table: Table, key: str, parts: SplitResult) -> None:
    if parts.hostname not in LOOPBACK:
        raise table.error(
            key,
            f"leads to {parts.hostname or 'nowhere'!r}; a rehearsal talks to this machine only: "
            "write 127.0.0.1",
        )


def _split(url: str) -> Optional[SplitResult]:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises on what is no port
    except ValueError:
        return None
    return parts


def _host_of(netloc: str) -> str:
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0]
    return netloc.partition(":")[0]
