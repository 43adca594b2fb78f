"""What a codec is."""

from __future__ import annotations

from typing import Any, Protocol, Union


class Codec(Protocol):
    """Makes a payload of a value, and a value of a payload.

    Attributes:
        name: As in `envelope.CODECS`.
        number: Its number in the envelope.
    """

    @property
    def name(self) -> str:
        """The name."""

    @property
    def number(self) -> int:
        """The number."""

    def encode(self, value: Any) -> bytes:
        """Give the payload of a value; raises NotPortable or BelowFloor."""

    def decode(self, payload: Union[bytes, memoryview]) -> Any:
        """Give the value of a payload; raises Unreadable and nothing else."""
