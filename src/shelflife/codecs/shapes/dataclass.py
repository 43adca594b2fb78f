"""Dataclasses, those of pydantic included."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any, Callable, Optional

from shelflife.codecs.shapes.interface import unsupported
from shelflife.codecs.shapes.record import Field, Record, is_plain_object, same, setting_attributes


def find(cls: type) -> Optional[Record]:
    """Give the shape of a dataclass; None for other classes."""
    if not dataclasses.is_dataclass(cls):
        return None
    if "__dataclass_fields__" not in vars(cls):
        raise unsupported(cls, "only its base is a dataclass, its own attributes would be lost")
    if not is_plain_object(cls):
        raise unsupported(cls, "it is abstract, or more than its fields")
    fields = {field.name: Field(field.type, _default(field)) for field in dataclasses.fields(cls)}
    return Record(cls, fields, setting_attributes(cls, list(fields)))


def _default(field: dataclasses.Field[Any]) -> Optional[Callable[[], Any]]:
    if field.default is not dataclasses.MISSING:
        return partial(same, field.default)
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory
    return None
