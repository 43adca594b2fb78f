"""The `arguments` of a region: our options, and those of dogpile's own Redis backends.

Rules:
1. An argument that is not known is an error that names it, when the region is configured.
2. Arguments of the Redis backend mean what they mean there, so that moving in changes one word.
3. Values may be text, as configuration files have them. No message quotes one.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional
from urllib.parse import quote

from dogpile.cache.exception import DogpileCacheException

from shelflife.cache.core import CacheCore
from shelflife.errors import ConfigurationError
from shelflife.stores import client_from_options, is_client_option

OWN = frozenset(inspect.signature(CacheCore.__init__).parameters) - {"self"}
PLACE = ("host", "port", "username", "password", "db")
RENAMED = {"socket_timeout": "read_timeout", "socket_connect_timeout": "connect_timeout"}
DRIVER = ("ssl", "socket_keepalive", "socket_keepalive_options", "connection_pool")
LOCK = ("distributed_lock", "lock_timeout", "lock_sleep", "lock_blocking", "lock_blocking_timeout")
OTHER = ("thread_local_lock", "lock_prefix", "redis_expiration_time", "connection_kwargs")
KNOWN = OWN | {*PLACE, *RENAMED, *DRIVER, *LOCK, *OTHER}
_LONGEST = 10**9
_LISTS = ("allow", "hooks")
_NUMBERS = ("ttl", "redis_expiration_time", "lock_timeout", "lock_sleep", "lock_blocking_timeout")
_SWITCHES = ("distributed_lock", "lock_blocking", "thread_local_lock", "ssl", "socket_keepalive")
_SWITCH = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0", ""), False),
}
_TIMEOUTS = ("socket_timeout", "socket_connect_timeout", "connect_timeout", "read_timeout")


class ArgumentError(ConfigurationError, DogpileCacheException):
    """An argument that cannot work; the message names it."""


class LockTerms(NamedTuple):
    """How a region's distributed lock behaves.

    Attributes:
        timeout: Seconds after which the server forgets it; None for never.
        sleep: Seconds between two tries.
        blocking: Whether acquiring waits at all.
        longest: Seconds that acquiring waits at most; None for ever.
        thread_local: Whether only the thread that acquired it may release it.
        prefix: Put before the key.
    """

    timeout: Optional[float] = 60
    sleep: float = 0.1
    blocking: bool = True
    longest: Optional[float] = None
    thread_local: bool = False
    prefix: str = "_lock"


def cache_options(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options of the cache.

    Raises:
        ArgumentError: For an argument that is unknown, contradicts another or makes no sense.
    """
    given = {name: _from_text(name, value) for name, value in arguments.items()}
    _check_names(given)
    options = {name: given[name] for name in given if name in OWN}
    options["ttl"] = _ttl(given)
    for theirs, ours in RENAMED.items():
        if given.get(theirs) is not None:
            options.setdefault(ours, given[theirs])
    if "client" not in options:
        options.update(_place(given))
    return options


def lock_terms(arguments: Mapping[str, Any]) -> Optional[LockTerms]:
    """Give the terms of the distributed lock; None if the region's threads are all it is for."""
    given = {name: _from_text(name, value) for name, value in arguments.items()}
    if not given.get("distributed_lock"):
        return None
    known = LockTerms()
    prefix = given.get("lock_prefix") or known.prefix
    if not isinstance(prefix, str):
        raise ArgumentError("arguments['lock_prefix'] takes text")
    return LockTerms(
        _seconds(given, "lock_timeout", known.timeout) or None,
        _seconds(given, "lock_sleep", known.sleep) or known.sleep,
        given.get("lock_blocking", known.blocking),
        _seconds(given, "lock_blocking_timeout", None),
        given.get("thread_local_lock", known.thread_local),
        prefix,
    )


def _seconds(given: Mapping[str, Any], name: str, default: Optional[float]) -> Optional[float]:
    value = given.get(name, default)
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value <= _LONGEST:
        raise ArgumentError(f"arguments[{name!r}] takes a number of seconds, 0 or more, or None")
    return float(value)


def _check_names(given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in KNOWN:
            near = difflib.get_close_matches(str(name), KNOWN, 1)
            hint = f"; is {near[0]!r} meant?" if near else f"; known are {', '.join(sorted(KNOWN))}"
            raise ArgumentError(f"arguments[{name!r}] is unknown{hint}")
    if "url" in given and "client" in given:
        raise ArgumentError("arguments['url'] and arguments['client'] say the same: give one")


def _check_place(given: Mapping[str, Any]) -> None:
    for name in ("host", "username", "password"):
        if not isinstance(given.get(name) or "", str):
            raise ArgumentError(f"arguments[{name!r}] takes text")
    if not isinstance(given.get("connection_kwargs") or {}, Mapping):
        raise ArgumentError("arguments['connection_kwargs'] takes a mapping")


def _ttl(given: Mapping[str, Any]) -> Any:
    if "ttl" in given and given.get("redis_expiration_time"):
        raise ArgumentError(
            "arguments['ttl'] and arguments['redis_expiration_time'] say the same: give one"
        )
    return given.get("ttl", given.get("redis_expiration_time") or None)


def _place(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give a URL; or, for arguments that only the driver knows, a client of its own making."""
    _check_place(given)
    url = given.get("url")
    place = {name: given[name] for name in PLACE if given.get(name) is not None}
    more = {name: given[name] for name in DRIVER if given.get(name) not in (None, False)}
    more.update(given.get("connection_kwargs") or {})
    strange = [name for name in more if not is_client_option(name)]
    if strange:
        raise ArgumentError(f"arguments['connection_kwargs']: no option {strange[0]!r} of a client")
    if more:
        timeouts = {name: given[name] for name in RENAMED if given.get(name) is not None}
        try:
            every = {**({} if url else place), **timeouts, **more}
            return {"client": client_from_options(url, **every), "url": None}
        except ConfigurationError as error:
            raise ArgumentError(f"arguments: {error}") from None
    if url is None and place:
        return {"url": _url(**place)}
    return {"url": url}


def _url(
    host: str = "localhost",
    port: int = 6379,
    username: str = "",
    password: str = "",
    db: int = 0,
) -> str:
    secret = f":{quote(str(password), safe='')}" if password else ""
    user = quote(username, safe="") + secret
    address = f"[{host}]" if ":" in host else quote(host, safe="")
    return f"redis://{user}{'@' if user else ''}{address}:{port}/{db}"


def _from_text(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in _LISTS:
        return value.replace(",", " ").split()
    if name in _SWITCHES:
        if value.strip().lower() not in _SWITCH:
            raise ArgumentError(f"arguments[{name!r}] takes True or False")
        return _SWITCH[value.strip().lower()]
    if name not in _NUMBERS + _TIMEOUTS:
        return value
    try:
        return float(value)
    except ValueError:
        raise ArgumentError(f"arguments[{name!r}] takes a number of seconds") from None
