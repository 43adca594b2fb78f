"""`shelflife floor URL pin | unpin | declare | undeclare`: readers that nobody sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import click

from shelflife.cli.floor.applying import apply
from shelflife.cli.floor.options import (
    change_options,
    moment_of,
    open_fleet,
    reach_of,
    who,
    words_of,
)
from shelflife.errors import ConfigurationError
from shelflife.fleet import pins

_F = TypeVar("_F", bound=Callable[..., Any])


def _reach_options(function: _F) -> _F:
    reads = click.option("--reads", help="What it reads: werkzeug, or shelflife,werkzeug.")
    python = click.option("--python", help="The Python it runs on, such as 2.7.")
    return reads(python(function))


@click.command()
@click.argument("release")
@click.option("--until", required=True, help="2d, 2026-12-24 (the end of that day, UTC).")
@_reach_options
@change_options
def pin(
    release: str,
    until: str,
    fleet_name: Optional[str],
    by: Optional[str],
    json_file: Optional[Path],
    *,
    execute: bool,
    **reach: Optional[str],
) -> int:
    """Count RELEASE, which you might roll back to, as a reader until then.

    What it reads is known of releases that were seen; of others say --reads and --python.

    Exit code: 0 fine, 2 it could not be done.
    """
    with open_fleet(fleet_name) as fleet:
        reads, name = reach_of(**reach), who(by)
        words = ("pin", release, "--until", until, *_said(reach), *words_of(by))
        return apply(
            fleet,
            lambda sight: pins.pin(sight, release, moment_of(until, sight.now), reads, name),
            words,
            execute=execute,
            json_file=json_file,
        )


@click.command()
@click.argument("release")
@change_options
def unpin(
    release: str,
    fleet_name: Optional[str],
    by: Optional[str],
    json_file: Optional[Path],
    *,
    execute: bool,
) -> int:
    """Count RELEASE no more as one that may come back.

    Exit code: 0 fine, 2 it could not be done.
    """
    with open_fleet(fleet_name) as fleet:
        return apply(
            fleet,
            lambda sight: pins.unpin(sight, release),
            ("unpin", release, *words_of(by)),
            execute=execute,
            json_file=json_file,
        )


@click.command()
@click.argument("release")
@_reach_options
@change_options
def declare(
    release: str,
    fleet_name: Optional[str],
    by: Optional[str],
    json_file: Optional[Path],
    *,
    execute: bool,
    **reach: Optional[str],
) -> int:
    """Count RELEASE, which runs without shelflife, as a reader until it is undeclared.

    Exit code: 0 fine, 2 it could not be done.
    """
    with open_fleet(fleet_name) as fleet:
        reads, name = reach_of(**reach), who(by)
        if reads is None:
            raise ConfigurationError(
                "say what the release reads and on which Python it runs: --reads werkzeug "
                "--python 2.7"
            )
        found = reads
        return apply(
            fleet,
            lambda sight: pins.declare(sight, release, found, name),
            ("declare", release, *_said(reach), *words_of(by)),
            execute=execute,
            json_file=json_file,
        )


@click.command()
@click.argument("release")
@change_options
def undeclare(
    release: str,
    fleet_name: Optional[str],
    by: Optional[str],
    json_file: Optional[Path],
    *,
    execute: bool,
) -> int:
    """Count RELEASE no more as a reader.

    Exit code: 0 fine, 2 it could not be done.
    """
    with open_fleet(fleet_name) as fleet:
        return apply(
            fleet,
            lambda sight: pins.undeclare(sight, release),
            ("undeclare", release, *words_of(by)),
            execute=execute,
            json_file=json_file,
        )


def _said(reach: dict[str, Optional[str]]) -> tuple[str, ...]:
    given = {name: value for name, value in reach.items() if value is not None}
    return tuple(word for name, value in given.items() for word in (f"--{name}", value))
