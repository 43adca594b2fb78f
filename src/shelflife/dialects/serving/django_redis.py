"""django-redis: a serializer within a compressor, or a plain integer.

Rules of its reader:
1. What `int()` takes is an integer.
2. The rest is unpacked; what does not unpack was too short to be packed.
3. That is given to the serializer.

Its herd client pickles a `Marker`, the value and when it gets stale. The value is what is in it: it
may be stale by up to a minute, as what the herd client itself gives to all but one.
"""

from __future__ import annotations

from typing import Any, Optional

from shelflife.dialects.names import DialectName
from shelflife.dialects.serving.compressing import make_compressor
from shelflife.dialects.serving.integers import read_int, write_int
from shelflife.dialects.serving.pickled import Pickles, StandIn
from shelflife.dialects.serving.serializers import make_serializer
from shelflife.dialects.serving.terms import Terms
from shelflife.errors import Unreadable
from shelflife.lookup import Reason

HIGHEST = 4
"""What its pickles have had since 5.1, on every Python."""


class Marker:
    """Stands in for `django_redis.client.herd.Marker`."""


_MARKER = StandIn("django_redis.client.herd", "Marker", Marker)
_MARK = b"django_redis.client.herd"


class DjangoRedis:
    """Entries as `django_redis.cache.RedisCache` writes them."""

    guard = False
    counts = True

    def __init__(self, name: DialectName, terms: Terms) -> None:
        self.name = str(name)
        self._terms = terms
        self._digits = terms.budget.digits
        self._compressor = make_compressor(
            name.compressor, terms.budget.bytes, packs=terms.floor is not None
        )
        self._serializer = make_serializer(name.serializer, terms, HIGHEST)

    def read(self, raw: bytes) -> Any:
        """Give the value of an entry; see `Dialect.read`."""
        number = read_int(raw, self._digits)
        if number is not None:
            return number
        data = raw if self._compressor is None else self._compressor.unpack(raw)
        if isinstance(self._serializer, Pickles) and _MARK in data[:200]:
            return self._read_herd(self._serializer, data)
        return self._serializer.load(data)

    @staticmethod
    def _read_herd(pickles: Pickles, data: bytes) -> Any:
        value, met = pickles.load_with(data, _MARKER)
        if not met:
            return value
        if type(value) is not tuple or len(value) != 3 or type(value[0]) is not Marker:
            raise Unreadable(Reason.REJECTED_NAME, "the herd client's marker is not in its place")
        return value[1]

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `Dialect.write`."""
        self._terms.expect_floor(self.name)
        plain: Optional[bytes] = write_int(value, self._digits) if type(value) is int else None
        if plain is not None:
            return plain
        data = self._serializer.dump(value)
        return data if self._compressor is None else self._compressor.pack(data)
