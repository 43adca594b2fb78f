"""Types of the options: spans of time, rates."""

from __future__ import annotations

import re
from typing import Optional

import click

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


class Span(click.ParamType):  # type: ignore[type-arg]  # click 8.1 has no such arguments
    """A span of time such as 90m, 6h or 2d, in seconds."""

    name = "span"

    def convert(
        self, value: object, param: Optional[click.Parameter], ctx: Optional[click.Context]
    ) -> float:
        """Give the seconds; see click."""
        if isinstance(value, float):
            return value
        match = _SPAN.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no span of time: write 90m, 6h or 2d", param, ctx)
        return float(match[1]) * _SECONDS[match[2]]
