"""`ShelflifeCache`: what Flask-Caching asks of a backend, with reads that survive deploys.

Rules:
1. Until told otherwise it reads what Flask-Caching's `RedisCache` has written, and writes what
   that reads: the deploy that brings it can be rolled back. `writes="shelflife"` is a later step.
2. What lies under a key raises nothing, and so does a server that fails: both are a miss.
3. Requests that meet one unreadable entry at once compute it once (`calm`).
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Union
from urllib.parse import quote

from flask_caching.backends.base import BaseCache

from shelflife import operations
from shelflife.cache.cachelib_calls import CachelibCalls, Timeout, in_seconds
from shelflife.cache.calm import Calm
from shelflife.codecs import Types
from shelflife.dialects import short_name
from shelflife.errors import ConfigurationError
from shelflife.flask_caching.calm import NewVersions, current_request, end_of_request
from shelflife.flask_caching.for_every_werkzeug import ForEveryWerkzeug
from shelflife.flask_caching.responses import PICKLED_NAMES, WholeResponses, register_responses
from shelflife.flask_caching.settings import OURS, arguments, check_names
from shelflife.floors import parse_floor
from shelflife.lookup import Miss
from shelflife.pickles import AllowList
from shelflife.stores import client_from_options

DIALECT = "flask-caching"
DEFAULT_FLOOR = "3.7"
"""Flask-Caching 2.0 runs on no older Python."""


class ShelflifeCache(CachelibCalls, BaseCache):  # type: ignore[misc]
    """The backend; Flask-Caching makes it: `CACHE_TYPE = "shelflife.flask_caching.ShelflifeCache"`.

    Args:
        host: Address of the server, or a redis-py client that does not decode responses.
        port: Its port.
        password: Its password.
        db: Its database number.
        default_timeout: Seconds (or a timedelta); 0 = entries do not expire.
        key_prefix: Put before every key; text, or a function that gives it.
        ignore_delete_many_errors: If False, `delete_many` raises RuntimeError for keys that stay.
        url: Where the cache is, in place of host, port, password and db.
        **options: Those of `shelflife.Cache`; others are `redis.Redis`'s.
    """

    _reader_class = WholeResponses
    _writer_class = ForEveryWerkzeug

    def __init__(
        self,
        host: Any = "localhost",
        port: int = 6379,
        password: Optional[str] = None,
        db: int = 0,
        default_timeout: Timeout = 300,
        key_prefix: Union[str, Callable[[], str], None] = None,
        ignore_delete_many_errors: bool = False,
        *,
        url: Optional[str] = None,
        **options: Any,
    ) -> None:
        if host is None:
            raise ValueError("RedisCache host parameter may not be None")
        if options.get("decode_responses"):
            raise ConfigurationError("decode_responses cannot be used: entries are bytes")
        check_names(options, type(self).__name__)
        ours = {name: value for name, value in options.items() if name in OURS}
        theirs = {name: value for name, value in options.items() if name not in OURS}
        self._client: Any = None
        if url is None and isinstance(host, str) and not theirs:
            url = _url(host, port, password, db)
        elif url is not None and theirs:
            self._client = _client_of(url, theirs)
        elif url is None and isinstance(host, str):
            self._client = client_from_options(
                host=host, port=port, password=password, db=db, **theirs
            )
        client = host if url is None and self._client is None else self._client
        place = {"client": client} if client is not None else {"url": url}
        super().__init__(**place, **_formats(ours))
        self.default_timeout = in_seconds(300 if default_timeout is None else default_timeout)
        self.ignore_delete_many_errors = ignore_delete_many_errors
        self.key_prefix = key_prefix or ""
        self._calm = Calm(current_request)
        self._new_versions = NewVersions()

    @classmethod
    def factory(
        cls, app: Any, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]
    ) -> ShelflifeCache:
        """Make the backend of an application; called by Flask-Caching.

        Raises:
            ConfigurationError: For a setting that cannot work; it names the setting.
        """
        given = arguments(config, args, kwargs)
        types = given.get("types")
        if types is None or isinstance(types, Types):  # anything else is told by the constructor
            given["types"] = register_responses(types or Types(), app.response_class)
        try:
            made = cls(**given)
        except ConfigurationError as error:
            raise ConfigurationError(f"CACHE_TYPE {cls.__name__}: {error}") from None
        app.teardown_appcontext(end_of_request)
        return made

    def get(self, key: str) -> Any:
        """Give the value, or None."""
        name = self._name(key)
        found = self._drive(operations.value_or_miss(self._context, name))
        if found.__class__ is not Miss:
            return found
        return self._look_again(name, found, is_new=self._new_versions.are_in(key))

    def get_many(self, *keys: str) -> list[Any]:
        """Give a list of values, None for each that is missing."""
        prefix = self._prefix_now()
        names = [f"{prefix}{key}" for key in keys]
        found = self._drive(operations.values_or_misses(self._context, names))
        for name in sorted(name for name, value in found.items() if value.__class__ is Miss):
            found[name] = self._look_again(name, found[name])
        return list(map(found.__getitem__, names))

    def _look_again(self, name: str, miss: Miss, *, is_new: bool = False) -> Any:
        """Give the value that another request has computed meanwhile, or None to compute it."""
        found = self._drive(self._calm.look_again(self._context, name, miss, is_new=is_new))
        return None if found.__class__ is Miss else found

    def set(self, key: str, value: Any, timeout: Timeout = None) -> bool:
        """Store a value; False if it was not stored, and then no older value is left either."""
        try:
            return super().set(key, value, timeout)
        finally:
            self._done(key)

    def set_many(self, mapping: Any, timeout: Timeout = None) -> list[str]:
        """Store several values; gives the keys that were stored."""
        for key in mapping if self._calm.computing else ():
            if key.endswith("_memver") and self._name(key) in self._calm.computing:
                self._new_versions.add(mapping[key])
        try:
            return super().set_many(mapping, timeout)
        finally:
            self._done(*mapping)

    def delete(self, key: str) -> bool:
        """Remove an entry; True if there was one and it is gone."""
        try:
            return super().delete(key)
        finally:
            self._done(key)

    def unlink(self, *keys: str) -> Optional[int]:
        """Remove entries; gives how many there were, None if the server did not confirm."""
        names = [self._name(key) for key in keys]
        removed: Optional[int] = self._drive(operations.delete_many(self._context, names))
        self._done(*keys)
        return removed

    def close(self) -> None:
        """Give back every connection. The cache may be used again; it then reconnects."""
        super().close()
        if self._client is not None:
            self._client.close()

    def _done(self, *keys: str) -> None:
        if self._calm.is_watching:
            self._calm.done(*map(self._name, keys))


def _formats(ours: dict[str, Any]) -> dict[str, Any]:
    """Say what is read and written, where the options do not."""
    options: dict[str, Any] = {"reads": DIALECT, **ours}
    allow = options.get("allow", ())
    if not isinstance(allow, AllowList):
        options["allow"] = [*PICKLED_NAMES, *allow]
    writes, floor = options.get("writes"), options.get("floor")
    if writes is not None or floor == "fleet":
        if writes not in (None, "shelflife") and floor is None:
            options["floor"] = DEFAULT_FLOOR
        return options
    spec = DEFAULT_FLOOR if floor is None else floor
    return {**options, "floor": parse_floor(spec, (short_name(DIALECT),))}


def _url(host: str, port: int, password: Optional[str], db: int) -> str:
    user = f":{quote(password, safe='')}@" if password else ""
    address = f"[{host}]" if ":" in host else quote(host, safe="")
    return f"redis://{user}{address}:{port}/{db}"


def _client_of(url: str, options: dict[str, Any]) -> Any:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        names = ", ".join(sorted(options))
        raise ConfigurationError(f"the options {names} of redis.Redis do not go with such a URL")
    return client_from_options(url, **options)
