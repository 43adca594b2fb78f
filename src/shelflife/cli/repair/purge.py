"""`shelflife purge`: entries that nobody can use are removed."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from shelflife.cli.repair.options import (
    Ramp,
    gentle_options,
    selection_of,
    selection_options,
    writing_options,
)
from shelflife.cli.repair.reporting import errors_for_people
from shelflife.cli.repair.running import Command, run_command
from shelflife.cli.targets import target_options
from shelflife.errors import ConfigurationError
from shelflife.live.repair.purge import Purge

_PLAN = ("state",)


@click.command(short_help="Remove only the entries that are broken.")
@click.argument("url", envvar="SHELFLIFE_URL")
@selection_options
@click.option("--state", is_flag=True, help="Also queues, jobs, results, sessions and locks.")
@target_options(required=False)
@click.option(
    "--ramp",
    type=Ramp(),
    metavar="RATE",
    help="Spread the misses: begin at a tenth of so many removals a second (50/s, 3000/m) and rise "
    "to it within a minute.",
)
@click.option(
    "--origin-check",
    metavar="COMMAND|URL",
    help="Stop when this says that the origin suffers: a command that fails, or a URL that answers "
    "429, 5xx or nothing.",
)
@gentle_options
@writing_options
def purge(url: str, **given: Any) -> int:
    """Remove entries of the cache at URL; what is selected, and nothing else.

    An entry is removed only if its bytes are still those that were read. The old bytes are kept in
    a journal. `shelflife undo` can bring them back, but cannot know what was invalidated meanwhile.

    Exit code: 0 done, 1 something was refused, 2 something failed or it could not run.
    """
    with errors_for_people(), ExitStack() as stack:
        selection = selection_of(given, state=given["state"])
        if selection.is_everything:
            raise ConfigurationError(
                "this would remove the whole cache: say which entries, with --fails TARGET, "
                "--reason, --dialect, --no-ttl or --prefix"
            )
        command = Command(
            click.get_current_context(), url, given, selection, lambda _: Purge(), _PLAN
        )
        return run_command(command, stack)
