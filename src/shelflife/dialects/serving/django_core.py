"""Django's own cache in Redis (4.0 and later): a pickle without any mark, or a plain integer.

Its reader takes whatever `int()` takes for an integer, and loads the rest as a pickle.
"""

from __future__ import annotations

from typing import Any

from shelflife.dialects.serving.integers import read_int, write_int
from shelflife.dialects.serving.pickled import Pickles
from shelflife.dialects.serving.terms import Terms


class Django:
    """Entries as `django.core.cache.backends.redis.RedisCache` writes them."""

    name = "django"
    guard = False
    counts = True

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._digits = terms.budget.digits
        self._pickles = Pickles(terms)

    def read(self, raw: bytes) -> Any:
        """Give the value of an entry; see `Dialect.read`."""
        number = read_int(raw, self._digits)
        return self._pickles.load(raw) if number is None else number

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `Dialect.write`."""
        self._terms.expect_floor(self.name)
        plain = write_int(value, self._digits) if type(value) is int else None
        return self._pickles.dump(value) if plain is None else plain
