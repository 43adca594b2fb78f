"""aiocache: JSON, a pickle or text, as its serializer is set, without any mark.

Rules:
1. What the serializer reads is the value. Text is whatever is UTF-8.
2. A plain integer beside pickles is a counter, as the server keeps it. Beside text it is not: there
   digits are text.
3. JSON is what every release of ujson reads as well, which aiocache prefers where it is installed.

Its MessagePack is not here: from Redis it does not read what it wrote itself.
"""

from __future__ import annotations

from typing import Any

from shelflife.codecs.blame import name_of
from shelflife.dialects.names import DialectName
from shelflife.dialects.serving.integers import read_counter
from shelflife.dialects.serving.serializers import make_serializer
from shelflife.dialects.serving.terms import Terms
from shelflife.errors import NotPortable, Unreadable
from shelflife.lookup import Reason

HIGHEST = 4


class Aiocache:
    """Entries as `aiocache.RedisCache` writes them."""

    guard = False

    def __init__(self, name: DialectName, terms: Terms) -> None:
        self.name = str(name)
        self._terms = terms
        self._serializer = (
            Texts()
            if name.serializer == "string"
            else make_serializer(name.serializer, terms, HIGHEST, strict=True)
        )
        self.counts = name.serializer != "string"

    def read(self, raw: bytes) -> Any:
        """Give the value of an entry; see `Dialect.read`."""
        number = read_counter(raw) if self.counts else None
        return self._serializer.load(raw) if number is None else number

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `Dialect.write`."""
        self._terms.expect_floor(self.name)
        return self._serializer.dump(value)


class Texts:
    """The serializer for text. The library's own makes text of every other value: that is lost."""

    def load(self, data: bytes) -> str:
        """Give the text; raises Unreadable and nothing else."""
        try:
            return str(data, "utf-8")
        except UnicodeDecodeError:
            raise Unreadable(Reason.CORRUPT, "the text is not UTF-8") from None

    def dump(self, value: Any) -> bytes:
        """Give the bytes of a text; raises NotPortable for anything else."""
        if type(value) is str:
            try:
                return value.encode()
            except UnicodeEncodeError:
                pass
        remedy = "it would not come back as what it is: store text, or write pickles"
        raise NotPortable("value", name_of(type(value)), remedy)
