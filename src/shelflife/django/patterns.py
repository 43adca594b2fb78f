"""Keys by pattern: the pattern of whole keys, and back from a whole key to the user's."""

from __future__ import annotations

from typing import Any, Callable, Optional

from django.core.cache.backends.base import default_key_func, get_key_func

from shelflife.django import keyspace
from shelflife.django.alias import Alias, Version
from shelflife.django.settings import Misconfigured


class Patterns(Alias):
    """Knows how keys are made. Takes the arguments of `Alias`."""

    def __init__(self, location: Any, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self._reverse_key = _reverse(params.get("REVERSE_KEY_FUNCTION"))

    def _pattern(self, search: str, version: Version, prefix: Optional[str] = None) -> str:
        head = keyspace.literal(str(self.key_prefix if prefix is None else prefix))
        number = keyspace.literal(str(self.version if version is None else version))
        return str(self.key_func(search, head, number))

    def _reversed(self, name: str, version: Version) -> str:
        if self._reverse_key is not None:
            return str(self._reverse_key(name))
        head = self.make_key("", version)
        if name.startswith(head):
            return name[len(head) :]
        if self.key_func is default_key_func:  # a pattern for several versions
            return name[len(str(self.key_prefix)) + 1 :].partition(":")[2]
        return name


def _reverse(function: Any) -> Optional[Callable[[str], Any]]:
    if function is None:
        return None
    try:
        reverse: Callable[[str], Any] = get_key_func(function)
    except (ImportError, AttributeError) as error:  # as of KEY_FUNCTION
        raise Misconfigured(f"CACHES: REVERSE_KEY_FUNCTION: {error}") from error
    return reverse
