"""The registry of a user's own classes, by names that the user chooses.

Only these names are written. A name found in an entry is looked up here and never imported, so
that modules and classes may be renamed freely, and nobody who can write to the cache chooses
what runs.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional, TypeVar, Union, overload

from shelflife.codecs import addresses, containers, extensions, moments, scalars
from shelflife.codecs.blame import name_of
from shelflife.codecs.packing import Encoders, pack
from shelflife.codecs.shapes import Pair, Shape, find_shape
from shelflife.errors import ConfigurationError, Unreadable
from shelflife.lookup import Reason

T = TypeVar("T")
_MARK = containers.MARKS[extensions.REGISTERED]
_NATIVE = frozenset([type(None), bool, int, float, str, bytes, list, dict])
_MAX_NAME = 200


class Registered:
    """Expands the instances of one registered class."""

    __slots__ = ("is_record", "name", "shape")

    def __init__(self, name: str, shape: Shape) -> None:
        self.name = name
        self.shape = shape
        self.is_record = shape.is_record

    def __call__(self, value: Any) -> list[Any]:
        """Give the array for an instance."""
        return [_MARK, self.name, self.shape.fingerprint, self.shape.take(value)]


class Types:
    """Which of a user's classes are portable, and under which names.

    Dataclasses, attrs classes, pydantic models, msgspec structs, named tuples and enums need no
    more than a name; any other class needs a pair of functions. Subclasses are not included.
    """

    def __init__(self) -> None:
        self._by_name: dict[str, Shape] = {}
        self.encoders: Encoders = {
            **scalars.ENCODERS,
            **moments.ENCODERS,
            **addresses.ENCODERS,
        }
        self.encoders.update(containers.encoders(partial(pack, self.encoders)))

    @property
    def names(self) -> tuple[str, ...]:
        """The registered names, sorted."""
        return tuple(sorted(self._by_name))
