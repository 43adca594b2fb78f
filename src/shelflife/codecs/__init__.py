"""Codecs: values to payloads and back. Each has a number in the envelope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, Optional, Union

from shelflife.codecs.at_floor import ALL_TYPES_SINCE
from shelflife.codecs.conversion import check_type, convert
from shelflife.codecs.interface import Codec
from shelflife.codecs.plain import BYTES, TEXT, decode_bytes, decode_text
from shelflife.codecs.portable import Portable
from shelflife.codecs.types import Types
from shelflife.errors import NotPortable, Unreadable
from shelflife.lookup import Reason

__all__ = ["Codec", "Codecs", "Portable", "Types", "check_type", "convert"]


class Codecs:
    """Chooses the codec that writes a value, and finds the one that reads a payload.

    Args:
        types: The registered classes; none if not given. May be added to later.
        reads: Further codecs whose payloads are read, such as `pickle`.
        fallback: Takes what is not portable, and is read; nobody if not given.
        python: The oldest Python that reads what is written.
    """

    def __init__(
        self,
        types: Optional[Types] = None,
        reads: Iterable[Codec] = (),
        fallback: Optional[Codec] = None,
        python: tuple[int, int] = ALL_TYPES_SINCE,
    ) -> None:
        portable = Portable(types, python)
        self.types = portable.types
        self._fallback = fallback
        self._encode = portable.encode
        self.decoders = _Decoders(
            {TEXT: decode_text, BYTES: decode_bytes, portable.number: portable.decode}
        )
        for codec in (*reads, *([fallback] if fallback is not None else [])):
            self.decoders[codec.number] = codec.decode

    def encode(self, value: Any) -> tuple[int, bytes]:
        """Give the number of a codec, and the payload that it makes of a value.

        Raises:
            NotPortable: If no codec takes the value.
            BelowFloor: If a reader at the floor lacks a part of it.
        """
        kind = type(value)
        if kind is str:
            try:
                return TEXT, value.encode()
            except UnicodeEncodeError:  # lone surrogates
                return Portable.number, self._encode(value)
        if kind is bytes:
            return BYTES, value
        try:
            return Portable.number, self._encode(value)
        except NotPortable:
            if self._fallback is None:
                raise
            return self._fallback.number, self._fallback.encode(value)

    def decode(self, number: int, payload: Union[bytes, memoryview]) -> Any:
        """Give the value of a payload, whatever its bytes.

        Raises:
            Unreadable: If there is none.
        """
        return self.decoders[number](payload)


class _Decoders(dict[int, Callable[[Union[bytes, memoryview]], Any]]):
    """By number; for a number that is not known, what says so."""

    def __missing__(self, number: int) -> Any:
        raise Unreadable(Reason.UNKNOWN_CODEC, f"codec {number} is not known to this release")
