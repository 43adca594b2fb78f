"""Compiling annotations, each once."""

from __future__ import annotations

import types
import typing
from collections import Counter
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin

from shelflife.codecs.conversion import records
from shelflife.codecs.conversion.collections import (
    ITEMS,
    PAIRS,
    AnyOf,
    FixedTuple,
    Items,
    Pairs,
)
from shelflife.codecs.conversion.mismatch import Converter
from shelflife.codecs.conversion.scalars import Anything, Float, Member, OneOf, Plain
from shelflife.errors import ConfigurationError

_UNIONS = frozenset([Union, getattr(types, "UnionType", Union)])
_WRAPPERS = frozenset(["Required", "NotRequired", "ReadOnly", "Final", "ClassVar"])
_INT = Plain(int)


def compiled(to: Any) -> Converter:
    """Give the converter of an annotation.

    Raises:
        ConfigurationError: If it is not understood.
    """
    try:
        # unions of another order are equal, but prefer another alternative
        return _compiled(to, getattr(to, "__args__", None))
    except TypeError:  # not hashable
        return _Compiler().compile(to)


@lru_cache(maxsize=1024, typed=True)
def _compiled(to: Any, _: Any) -> Converter:
    return _Compiler().compile(to)


def field_converters(cls: type, annotations: dict[str, Any]) -> dict[str, Converter]:
    """Give the converters of a class's fields.

    Args:
        cls: The class; what its annotations say in text is looked up where it is defined.
        annotations: By the names of the fields.

    Raises:
        ConfigurationError: If one is not understood.
    """
    return _Compiler().fields(cls, annotations)


class _Compiler:
    """Compiles one annotation; classes may refer to each other, so each is made only once."""

    def __init__(self) -> None:
        self._classes: dict[type, Converter] = {}
        self._aliases: list[Any] = []

    def compile(self, to: Any) -> Converter:
        if to is None or to is type(None):
            return Plain(type(None))
        if to is Any or to is object:
            return Anything()
        if isinstance(to, TypeVar):
            return self._variable(to)
        if hasattr(to, "__supertype__"):  # NewType
            return self.compile(to.__supertype__)
        origin = get_origin(to)
        if origin is None:
            return self._class(to) if isinstance(to, type) else self._alias(to)
        return self._generic(to, origin, get_args(to))

    def fields(self, cls: type, annotations: dict[str, Any]) -> dict[str, Converter]:
        hints = _hints(cls)
        found = {}
        for name, annotation in annotations.items():
            hint = hints.get(name, annotation)
            if isinstance(hint, TypeVar) and not isinstance(annotation, str):
                hint = annotation  # a model made of a generic one knows better
            found[name] = self.compile(hint)
        return found

    def _generic(self, to: Any, origin: Any, arguments: tuple[Any, ...]) -> Converter:
        if origin in _UNIONS:
            return AnyOf(map(self.compile, arguments))
        if origin is typing.Literal:
            return OneOf(arguments)
        if hasattr(to, "__metadata__") or _wrapper(origin):  # Annotated, Required, ...
            return self.compile(arguments[0])
        if origin is tuple and to is not typing.Tuple:  # noqa: UP006 - the bare one
            return self._tuple(arguments)
        return self._collection(to, origin, arguments)

    def _collection(self, to: Any, origin: Any, arguments: tuple[Any, ...]) -> Converter:
        if not arguments:  # a bare typing.List
            return self._class(origin)
        if origin in ITEMS:
            return Items(origin, self.compile(arguments[0]))
        if origin in PAIRS:
            return Pairs(origin, *map(self.compile, arguments))
        if origin is Counter:
            return Pairs(origin, self.compile(arguments[0]), _INT)
        raise _not_understood(to)

    def _tuple(self, arguments: tuple[Any, ...]) -> Converter:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return Items(tuple, self.compile(arguments[0]))
        if arguments == ((),):  # how Python before 3.11 writes no arguments
            arguments = ()
        return FixedTuple([self.compile(argument) for argument in arguments])

    def _variable(self, variable: TypeVar) -> Converter:
        if variable.__constraints__:
            return AnyOf(map(self.compile, variable.__constraints__))
        return Anything() if variable.__bound__ is None else self.compile(variable.__bound__)

    def _alias(self, to: Any) -> Converter:
        if not hasattr(to, "__value__") or to in self._aliases:  # `type X = ...`
            raise _not_understood(to)
        self._aliases.append(to)
        converter = self.compile(to.__value__)
        self._aliases.pop()
        return converter

    def _class(self, cls: type) -> Converter:
        if cls is float:
            return Float()
        if issubclass(cls, Enum):
            return Member(cls)
        if cls in self._classes:
            return self._classes[cls]
        if issubclass(cls, dict) and hasattr(cls, "__total__"):
            return self._typed_dict(cls)
        record = records.find(cls)
        if record is not None:
            self._classes[cls] = record
            if isinstance(record, records.Fields):
                record.complete(self.fields)
            return record
        try:
            isinstance(None, cls)
        except TypeError:  # a Protocol that is not for runtime
            raise _not_understood(cls) from None
        return Plain(cls)

    def _typed_dict(self, cls: Any) -> Converter:
        typed = self._classes[cls] = records.Typed(cls)
        hints = _hints(cls)
        required = set(cls.__required_keys__)
        for name, hint in hints.items():  # in text annotations only the hint knows
            wrapper = _wrapper(get_origin(hint))
            if wrapper == "NotRequired":
                required.discard(name)
            elif wrapper == "Required":
                required.add(name)
        typed.complete(required, {name: self.compile(hint) for name, hint in hints.items()})
        return typed


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except Exception as error:
        raise ConfigurationError(
            f"the annotations of {cls.__module__}.{cls.__qualname__} cannot be resolved "
            f"({type(error).__name__}: {error}); all names in them must exist at run time"
        ) from error


def _wrapper(origin: Any) -> str:
    name = getattr(origin, "_name", None)
    return name if name in _WRAPPERS else ""


def _not_understood(to: Any) -> ConfigurationError:
    return ConfigurationError(
        f"type {to!r} is not understood: give a class, or an annotation made of classes, "
        "collections, Optional, Union, Literal and TypedDict"
    )
