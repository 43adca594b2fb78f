"""Annotations without parts: classes, literals, enums."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum, Flag
from typing import Any

from shelflife.codecs.conversion.mismatch import Mismatch, Work

# Instances by inheritance, but hardly what is meant.
_NOT_MEANT: dict[type, type] = {int: bool, date: datetime}


class Anything:
    """`Any`: takes every value."""

    name = "Any"
    exact: frozenset[type] = frozenset()

    def __call__(self, value: Any, work: Work) -> Any:  # noqa: ARG002
        """Give the value or what it converts to, or raise Mismatch."""
        return value


class Plain:
    """A class that takes its instances."""

    def __init__(self, cls: type) -> None:
        self._cls = cls
        self._not_meant = _NOT_MEANT.get(cls, ())
        self.name = cls.__qualname__
        self.exact = frozenset([cls])

    def __call__(self, value: Any, work: Work) -> Any:  # noqa: ARG002
        """Give the value or what it converts to, or raise Mismatch."""
        if isinstance(value, self._cls) and not isinstance(value, self._not_meant):
            return value
        raise Mismatch(self.name, value)


class Float:
    """`float`: takes an int as well, if there is an equal float."""

    name = "float"
    exact: frozenset[type] = frozenset([float])

    def __call__(self, value: Any, work: Work) -> Any:  # noqa: ARG002
        """Give the value or what it converts to, or raise Mismatch."""
        if isinstance(value, float):
            return value
        if type(value) is int:
            try:
                converted = float(value)
            except OverflowError:
                raise Mismatch(self.name, value, "too large") from None
            if converted == value:
                return converted
        raise Mismatch(self.name, value)


class OneOf:
    """`Literal`: takes what equals an option and is of its type."""

    exact: frozenset[type] = frozenset()

    def __init__(self, options: tuple[Any, ...]) -> None:
        self._options = options
        self.name = f"one of {len(options)} literals"

    def __call__(self, value: Any, work: Work) -> Any:  # noqa: ARG002
        """Give the value or what it converts to, or raise Mismatch."""
        for option in self._options:
            if type(value) is type(option) and value == option:
                return value
        raise Mismatch(self.name, value)


class Member:
    """An enum: takes its members, and the value of one of them."""

    def __init__(self, cls: type[Enum]) -> None:
        self._cls = cls
        self._members: list[Enum] = list(cls)
        self.name = cls.__qualname__
        self.exact = frozenset([cls])

    def __call__(self, value: Any, work: Work) -> Any:  # noqa: ARG002
        """Give the value or what it converts to, or raise Mismatch."""
        if isinstance(value, self._cls):
            return value
        for member in self._members:
            if type(member.value) is type(value) and member.value == value:
                return member
        if issubclass(self._cls, Flag) and type(value) is int:
            return self._combination(value)
        raise Mismatch(self.name, value, "no member has this value")

    def _combination(self, value: int) -> Any:
        try:
            combined = self._cls(value)
        except ValueError:
            raise Mismatch(self.name, value, "it has unknown bits") from None
        if combined.value != value:
            raise Mismatch(self.name, value, "it has unknown bits")
        return combined
