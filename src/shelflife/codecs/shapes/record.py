"""Records: classes that are their fields. What all kinds of them have in common, drift above all.

Rules:
1. A field that the class no longer has is `schema`: its value would be lost without a word.
2. A field that was not stored takes its default; without one it is `schema`.
3. If the fingerprint differs, all stored fields are validated against their annotations.
4. Attributes that are no fields, such as cached properties, are not stored.
5. An instance is restored without running `__init__` or `__post_init__` again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Callable, NamedTuple, Optional

from shelflife.codecs.conversion.compiling import field_converters
from shelflife.codecs.conversion.mismatch import Converter, convert_with
from shelflife.codecs.shapes.interface import fingerprint, mismatch
from shelflife.errors import ConfigurationError

Build = Callable[[dict[str, Any]], Any]


class Field(NamedTuple):
    """A field: its annotation, and what makes its default, if it has one."""

    annotation: Any = Any
    default: Optional[Callable[[], Any]] = None


class Record:
    """The shape of a class with fields.

    Args:
        cls: The class.
        fields: By name, in the order of the class.
        build: Makes an instance of a dict with exactly these fields.
    """

    is_record = True

    def __init__(self, cls: type, fields: Mapping[str, Field], build: Build) -> None:
        self._cls = cls
        self._fields = fields
        self._build = build
        self.fingerprint = fingerprint({name: field.annotation for name, field in fields.items()})

    def take(self, value: Any) -> dict[str, Any]:
        """Give the fields of an instance."""
        return {name: getattr(value, name) for name in self._fields}

    def give(self, content: Any, same: bool) -> Any:
        """Make an instance of a dict of fields."""
        if type(content) is not dict:
            mismatch(f"{self._cls.__qualname__}: not a record")
        if not same:
            content = self._validated(content)
        if content.keys() != self._fields.keys():
            content = self._completed(content)
        return self._build(content)

    def _completed(self, content: dict[str, Any]) -> dict[str, Any]:
        gone = content.keys() - self._fields.keys()
        if gone:
            mismatch(f"{self._cls.__qualname__}: {len(gone)} stored field(s) it no longer has")
        complete = {}
        for name, field in self._fields.items():
            if name in content:
                complete[name] = content[name]
            elif field.default is not None:
                complete[name] = field.default()
            else:
                mismatch(f"{self._cls.__qualname__}.{name} was not stored and has no default")
        return complete

    def _validated(self, content: dict[str, Any]) -> dict[str, Any]:
        try:
            converters = self._converters
        except ConfigurationError as error:
            mismatch(f"{self._cls.__qualname__} changed and cannot be validated: {error}")
        return {
            name: convert_with(converters[name], item, f"{self._cls.__qualname__}.{name}")
            if name in converters
            else item
            for name, item in content.items()
        }

    @cached_property
    def _converters(self) -> dict[str, Converter]:
        annotations = {name: field.annotation for name, field in self._fields.items()}
        return field_converters(self._cls, annotations)


def same(value: Any) -> Any:
    """Give the value itself; `partial(same, value)` is what makes a plain default."""
    return value


def annotations_of(cls: type) -> dict[str, Any]:
    """Give the annotations of a class and its bases as they were written."""
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        annotations.update(vars(base).get("__annotations__", {}))
    return annotations


def setting_attributes(cls: type, names: list[str], preset: tuple[str, ...] = ()) -> Build:
    """Give a build that sets attributes past `__init__`, frozen classes and slots included.

    Args:
        cls: A class of which `object.__new__` makes instances.
        names: The fields, in the order in which they are set.
        preset: Further attributes, which are set to None.
    """
    new, put = object.__new__, object.__setattr__
    set_by_class = any(hasattr(getattr(cls, name, None), "__set__") for name in names)
    if cls.__dictoffset__ and not set_by_class and not preset:

        def build_at_once(fields: dict[str, Any]) -> Any:
            instance: Any = new(cls)
            instance.__dict__.update(fields)
            return instance

        return build_at_once

    def build(fields: dict[str, Any]) -> Any:
        instance: Any = new(cls)
        for name in names:
            put(instance, name, fields[name])
        for name in preset:
            put(instance, name, None)
        return instance

    return build


def is_plain_object(cls: type) -> bool:
    """Whether instances are no more than their attributes: no dict, exception or the like."""
    try:
        object.__new__(cls)
    except TypeError:
        return False
    return True
