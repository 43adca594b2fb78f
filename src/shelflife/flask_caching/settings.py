"""Flask-Caching's settings -> what the backend is made of.

Rules:
1. Flask-Caching's own `CACHE_*` keys mean what they mean there. Sentinels and a cluster need no
   other class: the keys that name them are enough.
2. Our own options are given as `CACHE_SHELFLIFE_READS`, or within `CACHE_OPTIONS` as `reads`; the
   former comes first. What is no option of ours is one of `redis.Redis`.
3. What cannot work is an error at start-up that names the setting.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Optional
from urllib.parse import quote

from shelflife.cache.core import CacheCore
from shelflife.errors import ConfigurationError
from shelflife.stores import check_url, is_client_option

OURS = frozenset(inspect.signature(CacheCore.__init__).parameters) - {
    *("self", "url", "client", "prefix", "ttl")
}
"""Options of `Cache` that Flask-Caching has no name of its own for."""
CACHELIB = frozenset({"default_timeout", "key_prefix", "ignore_delete_many_errors"})
OURS_BEGIN = "CACHE_SHELFLIFE_"
_URL, _SENTINELS, _CLUSTER = "CACHE_REDIS_URL", "CACHE_REDIS_SENTINELS", "CACHE_REDIS_CLUSTER"


def arguments(config: Mapping[str, Any], args: list[Any], given: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments of `ShelflifeCache`.

    Args:
        config: The application's, and Flask-Caching's defaults.
        args: `CACHE_ARGS`.
        given: `CACHE_OPTIONS` over Flask-Caching's own arguments.

    Raises:
        ConfigurationError: For a setting that cannot work.
    """
    if args:
        raise ConfigurationError("CACHE_ARGS must be empty for ShelflifeCache: use CACHE_OPTIONS")
    if config.get("CACHE_SERIALIZER") is not None:
        raise ConfigurationError(
            "CACHE_SERIALIZER has no meaning for ShelflifeCache: leave it out; for values that "
            'only pickle carries there is CACHE_SHELFLIFE_CODEC = "pickle"'
        )
    options = {**given, **_our_settings(config)}
    check_names(options, "CACHE_OPTIONS")
    if config.get("CACHE_KEY_PREFIX"):
        options["key_prefix"] = config["CACHE_KEY_PREFIX"]
    return {**options, **_where(config)}


def check_names(options: Iterable[str], setting: str) -> None:
    """Look whether there are options of these names.

    Raises:
        ConfigurationError: With the names that are nearest.
    """
    for name in options:
        if name not in OURS and name not in CACHELIB and not is_client_option(name):
            raise ConfigurationError(
                f"{setting}: there is no option {name!r}{_nearest(name, OURS | CACHELIB)}"
            )


def _our_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    known = {f"{OURS_BEGIN}{name.upper()}": name for name in OURS}
    for key, value in config.items():
        if isinstance(key, str) and key.startswith(OURS_BEGIN):
            if key not in known:
                raise ConfigurationError(f"there is no setting {key}{_nearest(key, known)}")
            found[known[key]] = value
    return found


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(known))}"


def _where(config: Mapping[str, Any]) -> dict[str, Any]:
    named = [key for key in (_URL, _SENTINELS, _CLUSTER) if config.get(key)]
    if len(named) > 1:
        raise ConfigurationError(f"{named[0]} and {named[1]} both say where the cache is: keep one")
    database = config.get("CACHE_REDIS_DB", 0)
    if not named:
        return {
            "host": config.get("CACHE_REDIS_HOST", "localhost"),
            "port": config.get("CACHE_REDIS_PORT", 6379),
            "password": config.get("CACHE_REDIS_PASSWORD") or None,
            "db": database,
        }
    if named[0] == _URL:
        url = with_database(config[_URL], database)
    elif named[0] == _SENTINELS:
        url = _sentinel_url(config, database)
    else:
        url = f"redis+cluster://{_login(config)}{config[_CLUSTER].replace(' ', '')}/0"
    try:
        check_url(url)
    except ConfigurationError as error:
        raise ConfigurationError(f"{named[0]}: {error}") from None
    return {"url": url}


def with_database(url: Any, database: Any) -> str:
    """Put a database into a URL that names none.

    Raises:
        ConfigurationError: If it is no text.
    """
    if not isinstance(url, str):
        raise ConfigurationError(f"{_URL} is text, not {type(url).__name__}")
    scheme, _, rest = url.partition("://")
    place, mark, query = rest.partition("?")
    names_one = "/" in place.rstrip("/") or "db=" in query
    if scheme in ("redis", "rediss", "valkey", "valkeys") and database and not names_one:
        return f"{scheme}://{place.rstrip('/')}/{database}{mark}{query}"
    return url


def _sentinel_url(config: Mapping[str, Any], database: Any) -> str:
    try:
        places = ",".join(f"{host}:{port}" for host, port in config[_SENTINELS])
    except (TypeError, ValueError):
        raise ConfigurationError(f"{_SENTINELS} is a list of pairs, host and port") from None
    service = quote(config.get("CACHE_REDIS_SENTINEL_MASTER", "mymaster"), safe="")
    theirs: Optional[str] = config.get("CACHE_REDIS_SENTINEL_PASSWORD")
    query = f"?sentinel_password={quote(theirs, safe='')}" if theirs else ""
    return f"redis+sentinel://{_login(config)}{places}/{service}/{database}{query}"


def _login(config: Mapping[str, Any]) -> str:
    password = config.get("CACHE_REDIS_PASSWORD")
    return f":{quote(password, safe='')}@" if password else ""
