"""Types of the options: spans of time, rates."""

from __future__ import annotations

import math
import re
from typing import Any, Optional

import click

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_MOST = 10 * 365 * 86400.0
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


class Span(click.ParamType):  # type: ignore[type-arg]  # click 8.1 has no such arguments
    """A span of time such as 90m, 6h or 2d, in seconds; at most ten years."""

    name = "span"

    def convert(
        self, value: object, param: Optional[click.Parameter], ctx: Optional[click.Context]
    ) -> float:
        """Give the seconds; see click."""
        if isinstance(value, float):
            return value
        match = _SPAN.fullmatch(str(value).strip())
        seconds = float(match[1]) * _SECONDS[match[2]] if match else _MOST
        if seconds >= _MOST:
            self.fail(f"{str(value)[:40]!r} is no span of time: write 90m, 6h or 2d", param, ctx)
        return seconds


class Positive(click.FloatRange):
    """A number above 0, and a number at all."""

    def __init__(self) -> None:
        super().__init__(0, 1e12, min_open=True)

    def convert(
        self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]
    ) -> float:
        """Give the number; see click."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is no number", param, ctx)
        return number
