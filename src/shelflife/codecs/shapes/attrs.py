"""Classes made by attrs, which is only imported for these."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from shelflife.codecs.shapes.interface import unsupported
from shelflife.codecs.shapes.record import Field, Record, is_plain_object, same, setting_attributes

_CACHED_HASH = "_attrs_cached_hash"  # `__init__` sets it to None


def find(cls: type) -> Optional[Record]:
    """Give the shape of a class made by attrs; None for other classes."""
    if not hasattr(cls, "__attrs_attrs__"):
        return None
    if "__attrs_attrs__" not in vars(cls):
        raise unsupported(cls, "only its base is made by attrs, its own attributes would be lost")
    if not is_plain_object(cls):
        raise unsupported(cls, "it is abstract, or more than its fields")
    fields = {
        attribute.name: Field(
            Any if attribute.type is None else attribute.type, _default(attribute)
        )
        for attribute in cls.__attrs_attrs__
    }
    code = getattr(cls.__hash__, "__code__", None)
    caches_hash = code is not None and _CACHED_HASH in code.co_names
    preset = (_CACHED_HASH,) if caches_hash else ()
    return Record(cls, fields, setting_attributes(cls, list(fields), preset))


def _default(attribute: Any) -> Optional[Callable[[], Any]]:
    import attr  # noqa: PLC0415 - the class comes from there

    default: Any = attribute.default
    if default is attr.NOTHING:
        return None
    if type(default).__name__ != "Factory" or not hasattr(default, "takes_self"):
        return partial(same, default)
    if default.takes_self:
        return None  # there is no instance to take it from
    factory: Callable[[], Any] = default.factory
    return factory
