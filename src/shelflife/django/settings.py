"""One alias of `CACHES`, read: every setting is known and can work, or it is named at start-up.

Rules:
1. A setting that nobody knows is an error, never ignored: a mistyped one would go unnoticed.
2. Settings that only other backends know are named together with what to say here instead.
3. Settings are read before apps are loaded, so that what lives in one is named by its path:
   "hooks", "types" and "allow" take a dotted path, too.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.cache.backends.base import InvalidCacheBackendError
from django.utils.module_loading import import_string

from shelflife.cache.core import CacheCore
from shelflife.codecs import Types
from shelflife.errors import ConfigurationError
from shelflife.operations import milliseconds
from shelflife.stores.address import is_memory
from shelflife.stores.topology_urls import parse_places

OURS = frozenset(inspect.signature(CacheCore.__init__).parameters) - {
    "self",
    "url",
    "client",
    "prefix",
    "ttl",
}
"""What `OPTIONS` may hold: the options of `shelflife.Cache`."""

TOP = frozenset(
    {"TIMEOUT", "OPTIONS", "KEY_PREFIX", "VERSION", "KEY_FUNCTION", "REVERSE_KEY_FUNCTION"}
)
"""What may stand beside BACKEND and LOCATION."""

_IGNORE = "IGNORE_EXCEPTIONS"
_ELSEWHERE = {
    "client": 'LOCATION, and "connect_timeout", "read_timeout", "max_connections"',
    "client_class": "LOCATION: several servers, redis+sentinel:// and redis+cluster:// need none",
    "close_connection": "nothing: connections are kept from one request to the next",
    "compress_min_length": '"compress"',
    "compressor": '"reads" for what was compressed so far, "compress" for what is written',
    "connection_factory": "LOCATION: redis+sentinel:// needs none",
    "connection_pool_class": '"max_connections"',
    "connection_pool_kwargs": '"max_connections"',
    "cull_frequency": "nothing: the server decides what to evict (maxmemory-policy)",
    "db": "LOCATION: redis://HOST:PORT/DB",
    "decode_responses": "nothing: entries are bytes",
    "ignore_exceptions": 'IGNORE_EXCEPTIONS, or "on_server_error": "miss", the default, or "raise"',
    "log_ignored_exceptions": 'nothing: failures are logged, by the logger "shelflife"',
    "max_entries": "nothing: the server decides what to evict (maxmemory and maxmemory-policy)",
    "parser_class": "nothing: hiredis is always used",
    "password": "LOCATION: redis://:PASSWORD@HOST:PORT/DB, or SHELFLIFE_URL",
    "pickle_version": '"floor"',
    "pool_class": '"max_connections"',
    "prefix": "KEY_PREFIX",
    "redis_client_class": "nothing: no client of redis-py is used",
    "redis_client_kwargs": '"connect_timeout", "read_timeout", "max_connections"',
    "replica_read_only": "nothing: the first of LOCATION is written to",
    "sentinel_kwargs": "LOCATION: redis+sentinel://...?sentinel_username=...&sentinel_password=...",
    "sentinels": "LOCATION: redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB",
    "serializer": '"reads" for what was written so far, "codec" for what is written',
    "socket_connect_timeout": '"connect_timeout"',
    "socket_timeout": '"read_timeout"',
    "ttl": "TIMEOUT",
    "url": "LOCATION",
    "username": "LOCATION: redis://USER:PASSWORD@HOST:PORT/DB, or SHELFLIFE_URL",
}
# Only in front of a further URL: those of a Sentinel or a Cluster have commas of their own.
_BETWEEN_SERVERS = re.compile(r"\s*[;,]\s*(?=[a-z+]+://)")


class Misconfigured(InvalidCacheBackendError):  # type: ignore[misc]  # Django has no types
    """A setting that cannot work: the message names it and says what can."""


class Settings(NamedTuple):
    """One alias.

    Attributes:
        servers: URLs: the first is written to; none for SHELFLIFE_URL.
        options: For `shelflife.Cache`.
    """

    servers: tuple[str, ...]
    options: dict[str, Any]


def read_settings(location: Any, params: Mapping[str, Any]) -> Settings:
    """Give what an alias says.

    Args:
        location: LOCATION.
        params: The rest, as Django hands it to backends.

    Raises:
        Misconfigured: If a setting is not known or cannot be.
    """
    for name in params:
        if name not in TOP:
            raise Misconfigured(f"CACHES: there is no setting {name!r}; {_known(TOP)}")
    _check_timeout(params.get("TIMEOUT"))
    options = params.get("OPTIONS") or {}
    if not isinstance(options, Mapping):
        raise Misconfigured(f"CACHES: OPTIONS is a dict, not {type(options).__name__}")
    options = _with_exceptions(options)
    for name in options:
        if name not in OURS:
            raise Misconfigured(_unknown(name))
    return Settings(_servers(location), {name: _resolved(name, options[name]) for name in options})


def _with_exceptions(options: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Give options in which django-redis' word for "on_server_error" is ours."""
    if _IGNORE not in options:
        return options
    ignore = options[_IGNORE]
    if not isinstance(ignore, bool) or "on_server_error" in options:
        raise Misconfigured(
            f'CACHES: OPTIONS["{_IGNORE}"] is True for "on_server_error": "miss", or False for '
            '"raise"; give one of the two'
        )
    others = {name: value for name, value in options.items() if name != _IGNORE}
    return {**others, "on_server_error": "miss" if ignore else "raise"}


def _servers(location: Any) -> tuple[str, ...]:
    servers = _urls(location)
    try:
        for url in servers:
            if not is_memory(url):
                parse_places(url, {})
    except ConfigurationError as error:
        raise Misconfigured(f"CACHES: LOCATION: {error}") from error
    if not servers and not os.environ.get("SHELFLIFE_URL"):
        raise Misconfigured(
            "CACHES: LOCATION is missing, and SHELFLIFE_URL is not set either; say where the cache "
            "is, such as redis://127.0.0.1:6379/0 (memory:// keeps it to one process)"
        )
    if len(servers) > 1 and any(map(is_memory, servers)):
        raise Misconfigured("CACHES: LOCATION: memory:// is one process's own, and has no replicas")
    return servers


def _urls(location: Any) -> tuple[str, ...]:
    if isinstance(location, str):
        location = location.strip()
        return tuple(_BETWEEN_SERVERS.split(location)) if location else ()
    is_several = isinstance(location, (list, tuple)) and len(location) > 0
    if is_several and all(isinstance(url, str) and url for url in location):
        return tuple(location)
    raise Misconfigured(
        "CACHES: LOCATION is a URL such as redis://127.0.0.1:6379/0, or a list of them, the first "
        "of which is written to"
    )


def _check_timeout(timeout: Any) -> None:
    if timeout is None:
        return
    try:
        if int(timeout) > 0:
            milliseconds(int(timeout))
    except (TypeError, ValueError, OverflowError, ConfigurationError):
        raise Misconfigured(
            f"CACHES: TIMEOUT is {timeout!r}; it takes seconds, or None for no expiry"
        ) from None


def _resolved(name: str, value: Any) -> Any:
    """Give an option, with dotted paths replaced by what they name."""
    if name == "types":
        types = _imported(name, value) if isinstance(value, str) else value
        if isinstance(types, (Types, type(None))):
            return types
        is_ = type(types).__name__
        raise Misconfigured(f'CACHES: OPTIONS["types"] is a shelflife.Types, not {is_}')
    if name == "allow" and isinstance(value, str):
        return _imported(name, value)
    if name == "hooks" and isinstance(value, (list, tuple)):
        return [_imported(name, hook) if isinstance(hook, str) else hook for hook in value]
    return value


def _imported(name: str, path: str) -> Any:
    try:
        return import_string(path)
    except ImportError as error:
        raise Misconfigured(f'CACHES: OPTIONS["{name}"]: {error}') from error


def _unknown(name: Any) -> str:
    instead = _ELSEWHERE.get(name.lower()) if isinstance(name, str) else None
    if instead is not None:
        return f"CACHES: OPTIONS[{name!r}] is of another backend; here say {instead}"
    return f"CACHES: OPTIONS has no {name!r}; {_known(OURS)}"


def _known(names: frozenset[str]) -> str:
    return f"there are: {', '.join(sorted(names))}"
