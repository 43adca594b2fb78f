"""dogpile.cache: the backend "shelflife", and a serializer pair for regions of other backends.

make_region().configure("shelflife", expiration_time=60, arguments={"url": "redis://..."})
"""

from __future__ import annotations

try:
    from dogpile.cache import register_backend
except ImportError as error:
    raise ImportError(
        "shelflife.dogpile needs dogpile.cache: pip install 'shelflife-cache[dogpile]'"
    ) from error

from shelflife.dogpile.arguments import ArgumentError
from shelflife.dogpile.backend import ShelflifeBackend
from shelflife.dogpile.serialization import Serialization, deserializer, serializer

__all__ = [
    "ArgumentError",
    "Serialization",
    "ShelflifeBackend",
    "deserializer",
    "serializer",
]

register_backend("shelflife", "shelflife.dogpile", "ShelflifeBackend")  # type: ignore[no-untyped-call]
