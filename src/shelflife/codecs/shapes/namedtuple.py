"""Named tuples: stored by the names of their fields, so that a new one may get a default."""

from __future__ import annotations

from functools import partial
from typing import Any, Optional

from shelflife.codecs.shapes.record import Field, Record, annotations_of, same


class _NamedTuple(Record):
    def take(self, value: Any) -> dict[str, Any]:
        if getattr(value, "__dict__", None):
            raise TypeError("it has attributes besides its fields")
        return dict(zip(self._fields, tuple.__iter__(value)))


def find(cls: type) -> Optional[Record]:
    """Give the shape of a named tuple; None for other classes."""
    names = getattr(cls, "_fields", None)
    if not issubclass(cls, tuple) or not isinstance(names, tuple):
        return None
    annotations = annotations_of(cls)
    defaults: dict[str, Any] = getattr(cls, "_field_defaults", {})
    fields = {
        name: Field(
            annotations.get(name, Any),
            partial(same, defaults[name]) if name in defaults else None,
        )
        for name in names
    }

    def build(content: dict[str, Any]) -> Any:
        return tuple.__new__(cls, [content[name] for name in names])

    return _NamedTuple(cls, fields, build)
