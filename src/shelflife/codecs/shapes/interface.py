"""What a shape is: how the instances of one registered class become portable and come back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

from shelflife.errors import ConfigurationError, Unreadable
from shelflife.lookup import Reason

FINGERPRINT_SIZE = 4


class Shape(Protocol):
    """Takes instances of a class apart, and puts them together.

    Attributes:
        fingerprint: Four bytes that change when fields or their annotations do.
        is_record: Whether the content is a dict of fields.
    """

    fingerprint: bytes
    is_record: bool

    def take(self, value: Any) -> Any:
        """Give the content of an instance; may raise anything."""

    def give(self, content: Any, same: bool) -> Any:
        """Make an instance of content.

        Args:
            content: What was decoded; nothing is known about it.
            same: Whether it was written with this fingerprint; else it is validated.

        Raises:
            Unreadable: With reason `schema`; anything else is a `load-error`.
        """


def fingerprint(annotations: Mapping[str, Any]) -> bytes:
    """Give four bytes over field names and annotations, in whatever order they are declared."""
    rows = sorted(f"{name}:{_text(annotation)}" for name, annotation in annotations.items())
    return zlib.crc32("\n".join(rows).encode("utf-8", "replace")).to_bytes(4, "big")


def mismatch(detail: str) -> NoReturn:
    """Report content that does not fit the class."""
    raise Unreadable(Reason.SCHEMA, detail)


def unsupported(cls: type, why: str) -> ConfigurationError:
    """Make the error for a class that needs a pair of functions."""
    return ConfigurationError(
        f"{cls.__module__}.{cls.__qualname__} cannot be registered as it is: {why}; "
        "give encode= and decode="
    )


def _text(annotation: Any) -> str:
    """Give an annotation as text: the same whether it was written as a string or not."""
    annotation = getattr(annotation, "__forward_arg__", annotation)  # text in a NamedTuple
    if isinstance(annotation, str):
        return annotation.replace("typing.", "")
    if type(annotation) is type:
        return annotation.__qualname__
    return repr(annotation).replace("typing.", "")
