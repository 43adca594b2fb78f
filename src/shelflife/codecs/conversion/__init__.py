"""Does a cached value have the type that was asked for: `cache.get(key, type=Article)`.

Rules:
1. A type that is not understood is misuse, raised before any value is looked at.
2. Types are strict: a bool is no int, a list is no tuple, text is no number. Converted are only an
   int to a float that equals it, a value to the enum member that has it, and a dict of fields
   to a dataclass, attrs class, struct, or model; the last two convert by their own rules.
3. A union prefers the alternative that takes the value unchanged, then the first that converts.
4. What needs no conversion comes back as the same object. Nothing is changed in place.
5. Instances of a class are taken at their word; their fields are not looked at.
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
