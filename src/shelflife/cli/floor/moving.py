"""`shelflife floor URL raise | lower | hold`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import click

from shelflife.cli.floor.applying import apply
from shelflife.cli.floor.options import change_options, open_fleet, who, words_of
from shelflife.errors import ConfigurationError
from shelflife.fleet import changes
from shelflife.floors import parse_floor


@click.command("raise")
@click.argument("floor")
@change_options
def raise_(
    floor: str,
    fleet_name: Optional[str],
    by: Optional[str],
    json_file: Optional[Path],
    *,
    execute: bool,
) -> int:
    """Let all processes write what only readers at FLOOR read, such as "python>=3.9".

    Refused while a process that lives, a pinned release or a declared one would not read it.

    Exit code: 0 fine, 1 somebody would not read it or it is held, 2 it could not be done,
    3 nobody lives who could be asked.
    """
    with open_fleet(fleet_name) as fleet:
        wanted, name = parse_floor(floor), who(by)
        return apply(
            fleet,
            lambda sight: changes.raise_floor(sight, wanted, name),
            ("raise", floor, *words_of(by)),
            execute=execute,
            json_file=json_file,
        )


@click.command()
@click.argument("floor")
@change_options
def lower(
    floor: str,
    fleet_name: Optional[str],
    by: Optional[str],
    json_file: Optional[Path],
    *,
    execute: bool,
) -> int:
    """Let all processes write what readers at FLOOR read, at once and whatever speaks against it.

    Exit code: 0 fine, 2 it could not be done.
    """
    with open_fleet(fleet_name) as fleet:
        wanted, name = parse_floor(floor), who(by)
        return apply(
            fleet,
            lambda sight: changes.lower_floor(sight, wanted, name),
            ("lower", floor, *words_of(by)),
            execute=execute,
            json_file=json_file,
        )


@click.command()
@click.option("--reason", help="Why, for whoever wants to raise it.")
@click.option("--release", is_flag=True, help="Let it be raised again.")
@change_options
def hold(
    reason: Optional[str],
    fleet_name: Optional[str],
    by: Optional[str],
    json_file: Optional[Path],
    *,
    release: bool,
    execute: bool,
) -> int:
    """Keep the floor from being raised until the hold is released.

    Exit code: 0 fine, 2 it could not be done.
    """
    with open_fleet(fleet_name) as fleet:
        if (reason is None) != release:
            raise ConfigurationError('say either --reason "..." to hold it, or --release')
        name = who(by)
        if reason is None:
            plan: Any = changes.release_hold
        else:
            text = _line(reason)
            plan = lambda sight: changes.hold(sight, text, name)  # noqa: E731
        words = ("hold", "--release") if reason is None else ("hold", "--reason", reason)
        return apply(fleet, plan, (*words, *words_of(by)), execute=execute, json_file=json_file)


def _line(reason: str) -> str:
    if not reason.strip() or not reason.isprintable() or len(reason) > 400:
        raise ConfigurationError("--reason takes a line of up to 400 printable characters")
    return reason
