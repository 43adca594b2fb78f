"""Structs of msgspec, which is only imported for these."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, Callable, Optional

from shelflife.codecs.shapes.record import Field, Record


def is_struct(cls: type) -> bool:
    """Whether a class is a struct of msgspec."""
    msgspec = sys.modules.get("msgspec")
    base = getattr(msgspec, "Struct", None)
    return base is not None and issubclass(cls, base)


def find(cls: type) -> Optional[Record]:
    """Give the shape of a struct; None for other classes."""
    if not is_struct(cls):
        return None
    import msgspec  # noqa: PLC0415 - the class comes from there

    struct: Any = cls
    fields = {}
    names = struct.__struct_fields__
    required = len(names) - len(struct.__struct_defaults__)
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        annotations.update(vars(base).get("__annotations__", {}))
    for index, name in enumerate(names):
        default = struct.__struct_defaults__[index - required] if index >= required else None
        fields[name] = Field(annotations.get(name, Any), default)
    del msgspec
    return Record(cls, fields, struct)
