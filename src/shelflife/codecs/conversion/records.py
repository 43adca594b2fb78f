"""Annotations that are classes with fields: they take their instances, and a dict of fields.

A dict is given to the class's own constructor, after its values were converted; what that raises
is a mismatch. Structs of msgspec and models of pydantic convert a dict themselves, by their rules.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Callable, NamedTuple, Optional

from shelflife.codecs.conversion.libraries import is_model, is_struct
from shelflife.codecs.conversion.mismatch import Converter, Mismatch, Work

Compile = Callable[[type, dict[str, Any]], dict[str, Converter]]


class Parameter(NamedTuple):
    """How a field is given to the constructor; `keyword` is None if it is set afterwards."""

    annotation: Any
    keyword: Optional[str]


class Fields:
    """A dataclass or a class made by attrs."""

    def __init__(self, cls: type, parameters: dict[str, Parameter]) -> None:
        self._cls = cls
        self._parameters = parameters
        self._converters: dict[str, Converter] = {}
        self.name = cls.__qualname__
        self.exact = frozenset([cls])

    def complete(self, compile_fields: Compile) -> None:
        """Compile the fields; done last, because they may refer to the class itself."""
        annotations = {name: each.annotation for name, each in self._parameters.items()}
        self._converters = compile_fields(self._cls, annotations)

    def __call__(self, value: Any, work: Work) -> Any:
        """Give the value or what it converts to, or raise Mismatch."""
        if isinstance(value, self._cls):
            return value
        if type(value) is not dict:
            raise Mismatch(self.name, value)
        if not value.keys() <= self._parameters.keys():
            raise Mismatch(self.name, value, "with fields that it does not have")
        converted = convert_fields(self._converters, value, work)
        keywords, afterwards = {}, {}
        for name, item in converted.items():
            keyword = self._parameters[name].keyword
            if keyword is None:
                afterwards[name] = item
            else:
                keywords[keyword] = item
        instance = _constructed(self.name, value, lambda: self._cls(**keywords))
        for name, item in afterwards.items():
            object.__setattr__(instance, name, item)
        return instance


class Converting:
    """A struct or a model, which converts a dict itself."""

    def __init__(self, cls: type, from_dict: Callable[[dict[Any, Any]], Any]) -> None:
        self._cls = cls
        self._from_dict = from_dict
        self.name = cls.__qualname__
        self.exact = frozenset([cls])

    def __call__(self, value: Any, work: Work) -> Any:  # noqa: ARG002
        """Give the value or what it converts to, or raise Mismatch."""
        if isinstance(value, self._cls):
            return value
        if type(value) is not dict:
            raise Mismatch(self.name, value)
        return _constructed(self.name, value, lambda: self._from_dict(value))


class Typed:
    """A `TypedDict`."""

    exact: frozenset[type] = frozenset()

    def __init__(self, cls: type) -> None:
        self.name = cls.__qualname__
        self._required: frozenset[str] = frozenset()
        self._converters: dict[str, Converter] = {}

    def complete(self, required: Iterable[str], converters: dict[str, Converter]) -> None:
        """Add the keys; done last, because they may refer to the class itself."""
        self._required, self._converters = frozenset(required), converters

    def __call__(self, value: Any, work: Work) -> Any:
        """Give the value or what it converts to, or raise Mismatch."""
        if not isinstance(value, dict):
            raise Mismatch(self.name, value)
        if not self._required <= value.keys():
            raise Mismatch(self.name, value, "without all required keys")
        if not value.keys() <= self._converters.keys():
            raise Mismatch(self.name, value, "with keys that it does not have")
        converted = convert_fields(self._converters, value, work)
        if all(converted[name] is item for name, item in value.items()):
            return value
        if type(value) is not dict:
            raise Mismatch(self.name, value, "its items would have to be converted")
        return converted


def convert_fields(
    converters: dict[str, Converter], fields: dict[str, Any], work: Work
) -> dict[str, Any]:
    """Convert each field by its own annotation."""
    converted = {}
    for name, item in fields.items():
        try:
            converted[name] = converters[name](item, work)
        except Mismatch as error:
            raise error.at(f".{name}") from None
    return converted


def find(cls: type) -> Optional[Converter]:
    """Give the converter of a class with fields, yet to be completed; None for other classes."""
    if is_model(cls):
        model: Any = cls
        return Converting(cls, model.model_validate)
    if is_struct(cls):
        import msgspec  # noqa: PLC0415 - the class comes from there

        return Converting(cls, lambda value: msgspec.convert(value, cls))
    if dataclasses.is_dataclass(cls):
        return Fields(
            cls,
            {
                field.name: Parameter(field.type, field.name if field.init else None)
                for field in dataclasses.fields(cls)
            },
        )
    if hasattr(cls, "__attrs_attrs__"):
        return Fields(
            cls, {each.name: Parameter(*_attrs_parameter(each)) for each in cls.__attrs_attrs__}
        )
    return None


def _attrs_parameter(attribute: Any) -> tuple[Any, Optional[str]]:
    annotation = Any if attribute.type is None else attribute.type
    if not attribute.init:
        return annotation, None
    # `alias` is there since attrs 22.2
    return annotation, getattr(attribute, "alias", None) or attribute.name.lstrip("_")


def _constructed(name: str, value: Any, construct: Callable[[], Any]) -> Any:
    try:
        return construct()
    except Exception as error:  # noqa: BLE001 - the class's own code, and its own idea of errors
        raise Mismatch(name, value, f"{type(error).__name__} when constructed") from None
