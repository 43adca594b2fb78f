"""The serializers that libraries offer, by name."""

from __future__ import annotations

from shelflife.dialects.serving.interface import Serializer
from shelflife.dialects.serving.json_values import JsonValues
from shelflife.dialects.serving.messagepack_values import MessagePackValues
from shelflife.dialects.serving.pickled import Pickles
from shelflife.dialects.serving.terms import Terms


def make_serializer(
    name: str, terms: Terms, highest: int = 5, *, strict: bool = False
) -> Serializer:
    """Give the serializer of that name: "pickle", "json" or "msgpack".

    Args:
        name: Its name, as in the dialect's.
        terms: The cache's options.
        highest: The highest pickle protocol that the library's own releases write.
        strict: Write only the JSON that every reader reads; see `JsonValues`.
    """
    if name == "json":
        return JsonValues(terms.budget, strict=strict)
    if name == "msgpack":
        return MessagePackValues(terms.budget)
    return Pickles(terms, highest)
