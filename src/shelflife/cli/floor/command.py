"""`shelflife floor URL ...`: the floor of a fleet."""

from __future__ import annotations

import os
from typing import Any, Optional

import click

from shelflife.cli.floor.moving import hold, lower, raise_
from shelflife.cli.floor.pinning import declare, pin, undeclare, unpin
from shelflife.cli.floor.status import status

_COMMANDS = (status, raise_, lower, hold, pin, unpin, declare, undeclare)


class _AfterUrl(click.Group):
    """Commands that come after a URL; where SHELFLIFE_URL is set, it may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the URL in front if a command comes first, and options before it; see click."""
        first = next((word for word in args if not word.startswith("-")), "")
        url = os.environ.get("SHELFLIFE_URL")
        if first in self.commands and url and "://" not in first:
            args = [url, *args]
        if len(args) > 1 and args[1].startswith("--fleet"):  # click wants options first
            options = 1 if "=" in args[1] else 2
            args = [*args[1 : 1 + options], args[0], *args[1 + options :]]
        return list(super().parse_args(ctx, args))


@click.group(cls=_AfterUrl, short_help="See and move what a fleet writes.")
@click.argument("url")
@click.option("--fleet", "fleet_name", help="The name of the fleet; also after the command.")
@click.pass_context
def floor(ctx: click.Context, url: str, fleet_name: Optional[str]) -> None:
    """See and move the floor of the fleet that shares the cache at URL.

    The floor is what all processes of a fleet write: a form that every one of them reads, and every
    release that may come back.
    """
    given: dict[str, Any] = {"url": url, "fleet_name": fleet_name}
    ctx.obj = given


for _command in _COMMANDS:
    floor.add_command(_command)
