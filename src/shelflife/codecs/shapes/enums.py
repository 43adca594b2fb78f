"""Enums: by the name of the member, so that its value may change. Flags: by all of their names."""

from __future__ import annotations

from enum import Enum, Flag
from functools import reduce
from operator import or_
from typing import Any, Optional

from shelflife.codecs.shapes.interface import Shape, fingerprint, mismatch, unsupported


class _Members:
    """The shape of an enum."""

    is_record = False
    fingerprint = fingerprint({})  # members come and go; each is looked for by name

    def __init__(self, cls: type[Enum]) -> None:
        self._cls = cls

    def take(self, value: Enum) -> str:
        return value.name

    def give(self, content: Any, same: bool) -> Any:  # noqa: ARG002 - see fingerprint
        member = self._cls.__members__.get(content) if type(content) is str else None
        if member is None:
            mismatch(f"{self._cls.__qualname__} has no member of the stored name")
        return member


class _Flags:
    """The shape of a flag: a list of the members that together make the value."""

    is_record = False
    fingerprint = fingerprint({})

    def __init__(self, cls: type[Flag]) -> None:
        self._cls = cls

    def take(self, value: Flag) -> list[str]:
        named = {
            name: member
            for name, member in self._cls.__members__.items()
            if member.name == name and member.value and member.value & value.value == member.value
        }
        if self._union(named) != value:
            raise ValueError("it has bits without a name")
        return list(named)

    def give(self, content: Any, same: bool) -> Any:  # noqa: ARG002 - see fingerprint
        members = self._cls.__members__
        if type(content) is not list or any(
            type(name) is not str or name not in members for name in content
        ):
            mismatch(f"{self._cls.__qualname__} has not all members of the stored names")
        return self._union({name: members[name] for name in content})

    def _union(self, members: dict[str, Flag]) -> Flag:
        return reduce(or_, members.values(), self._cls(0))


def find(cls: type) -> Optional[Shape]:
    """Give the shape of an enum; None for other classes."""
    if not issubclass(cls, Enum):
        return None
    if not cls.__members__:
        raise unsupported(cls, "it has no members")
    return _Flags(cls) if issubclass(cls, Flag) else _Members(cls)
