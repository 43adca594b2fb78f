"""Converting and validating a value against an annotation: `cache.get(key, type=Article)`.

Rules:
1. Types are strict: a bool is no int, a list no tuple, text no number.
2. Converted are only: an int to an equal float, a value to the enum member that has it, a dict of
   fields to a dataclass, attrs class, struct or model.
3. A union prefers the alternative that takes the value unchanged.
4. What needs no conversion comes back as the same object; instances are taken at their word.
"""

from __future__ import annotations

from typing import Any

from shelflife.codecs.conversion.compiling import compiled
from shelflife.codecs.conversion.mismatch import convert_with

__all__ = ["check_type", "convert"]


def convert(value: Any, to: Any) -> Any:
    """Give the value, converted and validated.

    Args:
        value: Any value.
        to: A class or an annotation.

    Raises:
        Unreadable: With reason `schema` if the value is not of that type.
        ConfigurationError: If the annotation is not understood.
    """
    return convert_with(compiled(to), value)


def check_type(to: Any) -> None:
    """Find misuse early.

    Raises:
        ConfigurationError: If the annotation is not understood.
    """
    compiled(to)
