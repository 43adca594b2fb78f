"""Does a cached value have the type that was asked for: `cache.get(key, type=Article)`.

Rules:
1. A type that is not understood is misuse, raised before any value is looked at.
2. Types are strict: a bool is no int, a list is no tuple, text is no number. Converted are only an
   int to a float that equals it, a value to the enum member that has it, and a dict of fields
   to a dataclass, attrs class, struct, or model.
3. A union prefers the alternative that takes the value unchanged, then the first that converts.
4. What needs no conversion comes back as the same object. Nothing is changed in place.
5. Instances of a class are taken at their word; their fields are not looked at.
"""

from __future__ import annotations

from typing import Any

from shelflife.codecs.conversion.compiling import converter
from shelflife.codecs.conversion.mismatch import Mismatch
from shelflife.errors import Unreadable
from shelflife.lookup import Reason

__all__ = ["check_type", "convert"]


def convert(value: Any, to: Any) -> Any:
    """Give the value as a `to`, converted and validated.

    Args:
        value: A decoded value.
        to: A class or an annotation, such as `list[Article]` or `Optional[int]`.

    Raises:
        Unreadable: With reason `schema`, if it is none.
        ConfigurationError: If the type is not understood.
    """
    run = converter(to)
    try:
        return run(value)
    except Mismatch as mismatch:
        raise Unreadable(Reason.SCHEMA, str(mismatch)) from None
    except RecursionError:
        raise Unreadable(Reason.SCHEMA, "the value is too deep to be checked") from None


def check_type(to: Any) -> None:
    """Find out early whether `convert` understands a type.

    Raises:
        ConfigurationError: If it does not.
    """
    converter(to)
