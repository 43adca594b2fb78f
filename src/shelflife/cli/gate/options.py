"""Types of the gate's options."""

from __future__ import annotations

import re
from typing import Optional

import click

_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)( ?%)?")


class Share(click.ParamType):  # type: ignore[type-arg]  # click 8.1 has no such arguments
    """A share such as 0.1% or 0.001, from nothing to all."""

    name = "share"

    def convert(
        self, value: object, param: Optional[click.Parameter], ctx: Optional[click.Context]
    ) -> float:
        """Give the share as a number from 0 to 1; see click."""
        if isinstance(value, float):
            return value
        match = _SHARE.fullmatch(str(value).strip())
        share = float(match[1]) / (100 if match[2] else 1) if match else -1.0
        if not 0 <= share <= 1:
            self.fail(f"{str(value)[:40]!r} is no share: write 0.1% or 0.001", param, ctx)
        return share
