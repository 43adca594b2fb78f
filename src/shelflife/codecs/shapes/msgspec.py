"""Structs of msgspec, which is only imported for these."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from shelflife.codecs.conversion.libraries import is_struct
from shelflife.codecs.shapes.record import Build, Field, Record, annotations_of, same


def find(cls: type) -> Optional[Record]:
    """Give the shape of a struct; None for other classes."""
    if not is_struct(cls):
        return None
    struct: Any = cls
    names, defaults = struct.__struct_fields__, struct.__struct_defaults__
    required = len(names) - len(defaults)
    annotations = annotations_of(cls)
    fields = {
        name: Field(
            annotations.get(name, Any),
            _default(defaults[index - required]) if index >= required else None,
        )
        for index, name in enumerate(names)
    }
    return Record(cls, fields, _build(struct))


def _default(default: Any) -> Optional[Callable[[], Any]]:
    import msgspec  # noqa: PLC0415 - the class comes from there

    if default is msgspec.NODEFAULT:
        return None
    if type(default).__module__ == "msgspec._core":  # its type of factories is not exported
        factory: Callable[[], Any] = default.factory
        return factory
    return partial(same, default)


def _build(struct: Any) -> Build:
    """Give a build that does not run `__post_init__` again.

    Only its constructor makes a struct. So one is made of a subclass that does nothing after it,
    and then given the class it should have.
    """
    if not hasattr(struct, "__post_init__"):
        return lambda fields: struct(**fields)
    from msgspec.structs import force_setattr  # noqa: PLC0415 - the class comes from there

    quiet = type(struct)(
        struct.__name__,
        (struct,),
        {"__post_init__": _nothing, "__module__": struct.__module__},
        kw_only=True,
    )

    def build(fields: dict[str, Any]) -> Any:
        instance = quiet(**fields)
        force_setattr(instance, "__class__", struct)
        return instance

    return build


def _nothing(_: Any) -> None:
    """Do nothing."""
