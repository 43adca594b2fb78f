"""Shapes: one for each kind of class that can be registered."""

from __future__ import annotations

from typing import Any, Callable, Optional

from shelflife.codecs.shapes import attrs, dataclass, enums, msgspec, namedtuple, pydantic
from shelflife.codecs.shapes.interface import FINGERPRINT_SIZE, Shape, unsupported
from shelflife.codecs.shapes.pair import Pair
from shelflife.errors import ConfigurationError

__all__ = ["FINGERPRINT_SIZE", "Pair", "Shape", "find_shape"]

_KINDS: tuple[Callable[[type], Optional[Shape]], ...] = (
    enums.find,
    pydantic.find,
    msgspec.find,
    dataclass.find,
    attrs.find,
    namedtuple.find,
)


def find_shape(
    cls: type, encode: Optional[Callable[[Any], Any]], decode: Optional[Callable[[Any], Any]]
) -> Shape:
    """Give the shape of a class.

    Raises:
        ConfigurationError: If the class needs a pair of functions, or only one was given.
    """
    if encode is not None and decode is not None:
        return Pair(cls, encode, decode)
    if encode is not None or decode is not None:
        raise ConfigurationError("encode= and decode= are given both, or neither")
    for find in _KINDS:
        shape = find(cls)
        if shape is not None:
            return shape
    raise unsupported(
        cls, "it is no dataclass, attrs class, pydantic 2 model, struct, named tuple or enum"
    )
