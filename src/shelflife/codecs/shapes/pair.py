"""Any class, by a pair of functions."""

from __future__ import annotations

from typing import Any, Callable

from shelflife.codecs.shapes.interface import fingerprint, mismatch


class Pair:
    """The shape of a class with functions of its own.

    Args:
        cls: The class.
        encode: Gives something portable for an instance.
        decode: Gives an instance of what `encode` gave.
    """

    is_record = False
    fingerprint = fingerprint({})  # the functions know best what they can read

    def __init__(
        self, cls: type, encode: Callable[[Any], Any], decode: Callable[[Any], Any]
    ) -> None:
        self._cls = cls
        self.take = encode
        self._decode = decode

    def give(self, content: Any, same: bool) -> Any:  # noqa: ARG002 - see fingerprint
        """Make an instance, whatever the function makes of the content."""
        instance = self._decode(content)
        if not isinstance(instance, self._cls):
            mismatch(f"decode= gave {type(instance).__qualname__}, not {self._cls.__qualname__}")
        return instance
