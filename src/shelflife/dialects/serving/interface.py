"""The two parts that most libraries put together: a serializer, and a compressor around it."""

from __future__ import annotations

from typing import Any, Protocol


class Serializer(Protocol):
    """Makes bytes of a value, and a value of bytes."""

    def load(self, data: bytes) -> Any:
        """Give the value; raises Unreadable and nothing else."""

    def dump(self, value: Any) -> bytes:
        """Give the bytes; raises NotPortable or BelowFloor."""


class Compressor(Protocol):
    """Makes bytes shorter, and takes them back."""

    def unpack(self, data: bytes) -> bytes:
        """Give what was packed, or the same bytes if they were not; raises Unreadable."""

    def pack(self, data: bytes) -> bytes:
        """Give packed bytes, or the same if they are short."""
