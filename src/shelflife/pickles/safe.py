"""The standard library's value types that every pickle may refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Safe:
    """One safe name.

    Attributes:
        target: The object of that name.
        since: The Python version that has it first, such as (2, 7).
    """

    target: Any
    since: tuple[int, int]


SAFE: dict[str, Safe] = {}
