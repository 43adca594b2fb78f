"""What a compiled annotation is, and what it raises."""

from __future__ import annotations

from typing import Any, Optional, Protocol

from shelflife.errors import Unreadable
from shelflife.lookup import Reason

_MAX_ATTEMPTS = 1_000_000  # about two seconds


class Mismatch(Exception):
    """Internal: a value that is not of the asked type. Names types and fields, never values.

    Attributes:
        detail: What was expected, and what was found.
        steps: The way to the value, innermost first.
    """

    def __init__(self, expected: str, found: Any, because: Optional[str] = None) -> None:
        super().__init__()
        reason = f" ({because})" if because else ""
        self.detail = f"{expected} expected, {type(found).__qualname__} found{reason}"
        self.steps: list[str] = []

    def at(self, step: str) -> Mismatch:
        """Add a step on the way out."""
        self.steps.append(step)
        return self


class Work:
    """What one conversion may still try: unions inside unions multiply."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _MAX_ATTEMPTS

    def spend(self) -> None:
        """Count one attempt to take a value for an alternative of a union."""
        self._left -= 1
        if self._left < 0:
            raise Unreadable(Reason.OVER_BUDGET, "too many alternatives were tried")


class Converter(Protocol):
    """A compiled annotation.

    Attributes:
        name: The annotation, for people.
        exact: Values of exactly these types are taken without a look at them.
    """

    name: str
    exact: frozenset[type]

    def __call__(self, value: Any, work: Work) -> Any:
        """Give the same value, or what it converts to; raises Mismatch."""


def convert_with(converter: Converter, value: Any, path: str = "value") -> Any:
    """Convert a value.

    Args:
        converter: The compiled annotation.
        value: Any value.
        path: What the message calls the value.

    Raises:
        Unreadable: With reason `schema`, or `over-budget`.
    """
    try:
        return converter(value, Work())
    except Mismatch as error:
        steps = "".join(reversed(error.steps))
        raise Unreadable(Reason.SCHEMA, f"{path}{steps}: {error.detail}") from None
    except RecursionError:
        raise Unreadable(Reason.OVER_BUDGET, "too deep to be converted") from None
