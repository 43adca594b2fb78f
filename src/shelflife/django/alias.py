"""What both sides of a backend have in common: settings, names of keys, timeouts, answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import takewhile
from typing import Any, Optional

from django.core.cache.backends.base import (
    DEFAULT_TIMEOUT,
    MEMCACHE_MAX_KEY_LENGTH,
    BaseCache,
    default_key_func,
)
from django.core.exceptions import ImproperlyConfigured
from django.http.response import HttpResponseBase

from shelflife.django.calls import GONE, Expiry
from shelflife.django.counting import UNCOUNTABLE
from shelflife.django.portable import make_portable
from shelflife.django.settings import Misconfigured
from shelflife.django.sides import sides_of
from shelflife.events import Counters, Hook
from shelflife.lookup import Miss

Version = Optional[int]
_ODD = re.compile(r"[\x00-\x20\x7f]").search  # what Django's own validation looks for, but slowly


class Alias(BaseCache):  # type: ignore[misc]  # Django has no types
    """One alias of `CACHES`.

    Args:
        location: LOCATION: a URL, or several of them.
        params: The other settings; `OPTIONS` are those of `shelflife.Cache`.

    Raises:
        InvalidCacheBackendError: If a setting is not known or cannot be; the message names it.
    """

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        self._sides = sides_of(location, params)
        try:
            super().__init__({**params, "OPTIONS": params.get("OPTIONS") or {}})
        except (ImportError, AttributeError) as error:  # of what is neither a path nor a function
            raise Misconfigured(f"CACHES: KEY_FUNCTION: {error}") from error
        if isinstance(params.get("TIMEOUT"), float):
            self.default_timeout = params["TIMEOUT"]
        self._types = self._sides.blocking.types
        self._key = self.make_and_validate_key
        self._validates_itself = type(self).validate_key is not BaseCache.validate_key

    def make_and_validate_key(self, key: Any, version: Version = None) -> str:
        """Give the whole key; warn as Django does of one that other backends would not take."""
        name: str = self.make_key(key, version)
        if self._validates_itself or len(name) > MEMCACHE_MAX_KEY_LENGTH or _ODD(name):
            self.validate_key(name)
        return name

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> Expiry:
        """Give a timeout as seconds: None for no expiry, 0 for what must not be kept."""
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        if timeout is None:
            return None
        seconds: Any = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        if type(seconds) not in (int, float):
            seconds = int(seconds)  # as Django: settings from the environment are text
        return GONE if seconds <= 0 else seconds

    def counters(self) -> Counters:
        """Give what has been counted in this process by all backends of this alias."""
        return self._sides.counters()

    def on_event(self, hook: Hook) -> Hook:
        """Call `hook` with every `shelflife.Event` from now on; fit for a decorator."""
        self._sides.on_event(hook)
        return hook

    @property
    def address(self) -> str:
        """Where the cache is, without any password."""
        address: str = self._sides.blocking.address
        return address

    def __repr__(self) -> str:
        return f"ShelflifeCache({self.address!r}, key_prefix={self.key_prefix!r})"

    def _storable(self, value: Any) -> Any:
        if isinstance(value, HttpResponseBase):
            make_portable(self._types, value)
        return value

    def _named(
        self, data: Mapping[Any, Any], version: Version
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give keys, and values, by the names that the server knows."""
        names = {self._key(key, version): key for key in data}
        return names, {name: self._storable(data[key]) for name, key in names.items()}

    def _moved(self, key: Any, delta: int, version: Version) -> tuple[str, str, int]:
        """Give the names before and after, and the new version."""
        before = self.version if version is None else version
        after = before + delta
        return self._key(key, before), self._key(key, after), after

    def _below(self) -> str:
        """Give what every key of this alias begins with."""
        if self.key_func is default_key_func:
            return f"{self.key_prefix}:"
        other: Any = 3 if str(self.version)[:1] == "2" else 2  # which begins with another digit
        versions = self.version, type(self.version or 0)(other)
        names = [self.make_key(key, version) for key in "abcdefgh" for version in versions]
        below = "".join(each[0] for each in takewhile(_all_same, zip(*names)))
        is_named = bool(self.key_prefix) and str(self.key_prefix) in below
        if not below or (below.isalnum() and not is_named):
            raise ImproperlyConfigured(
                "clear() removes what begins with this cache's prefix, but its KEY_FUNCTION begins "
                "keys with nothing that is fixed: begin them with the KEY_PREFIX, or delete by name"
            )
        return below


def failed(
    names: dict[str, Any], stored: dict[str, bool], misuse: Optional[Exception]
) -> list[Any]:
    """Give the keys that were not stored, as Django's `set_many` does; raise a misuse."""
    if misuse is not None:
        raise misuse
    return [names[name] for name, is_stored in stored.items() if not is_stored]


def hits(names: dict[str, Any], found: dict[str, Any]) -> dict[Any, Any]:
    """Give what was found under the names of keys, by key, without the misses."""
    return {names[name]: value for name, value in found.items() if value.__class__ is not Miss}


def number(key: Any, found: Any) -> Any:
    """Give the number that was counted to, or raise what Django's backends raise."""
    if isinstance(found, Miss):
        raise ValueError(f"Key '{key}' not found")  # noqa: TRY004 - Django's callers expect it
    if found is UNCOUNTABLE:
        raise TypeError(f"Key '{key}' holds no number")
    return found


def _all_same(characters: tuple[str, ...]) -> bool:
    return len(set(characters)) == 1
