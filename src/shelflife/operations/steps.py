"""What an operation may ask of its driver rather than of the store."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Callable, NamedTuple

Operation = Generator[Any, Any, Any]
"""Yields commands and steps, is sent their replies, returns the result."""


class Compute(NamedTuple):
    """-> what the user's function gives; an async driver awaits it. Its errors are the user's."""

    function: Callable[[], Any]


class Share(NamedTuple):
    """-> what the operation gives, run once for all who ask for this key at the same time.

    Its error, if the user's computation raises, is everyone's as well.
    """

    key: bytes
    operation: Callable[[], Operation]
