"""`shelflife convert`: entries are written again, in place, for other readers."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Optional

import click

from shelflife.cli.repair.options import (
    gentle_options,
    selection_of,
    selection_options,
    writing_options,
)
from shelflife.cli.repair.reporting import errors_for_people
from shelflife.cli.repair.running import Command, run_command
from shelflife.cli.targets import target_options
from shelflife.codecs import Types
from shelflife.errors import ConfigurationError
from shelflife.live.repair.conversion import TARGETS, Converter
from shelflife.live.repair.convert import Convert, check_readers
from shelflife.pickles import AllowList, Py2Text
from shelflife.pickles.reader import Reader

_PLAN = ("to", "floor", "py2_text", "types")


@click.command(short_help="Write broken entries again, in place, for other readers.")
@click.argument("url", envvar="SHELFLIFE_URL")
@click.option("--to", type=click.Choice(TARGETS), required=True, help="What entries become.")
@click.option("--floor", help="With --to werkzeug: the oldest Python that reads them, such as 2.7.")
@selection_options
@target_options(required=False)
@click.option(
    "--allow", multiple=True, metavar="NAME", help="A name that pickles may refer to: app.Article."
)
@click.option(
    "--allow-list",
    "allow_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of such names, as `shelflife audit --allow-list` writes it.",
)
@click.option(
    "--py2-text",
    type=click.Choice([policy.value for policy in Py2Text]),
    help="What 8-bit strings of Python 2 are. Without it, entries that hold both text and bytes "
    "are refused.",
)
@click.option(
    "--types",
    metavar="MODULE:NAME",
    help="The `Types` with your registered classes: app.cache:types.",
)
@click.option("--even-if-unread", is_flag=True, help="Although some reader will not read them.")
@gentle_options
@writing_options
def convert(url: str, **given: Any) -> int:
    """Write entries of the cache at URL again: as shelflife's own, or as werkzeug's for a floor.

    An entry is replaced only if its bytes are still those that were read, and keeps its expiry. The
    old bytes are kept in a journal, from which `shelflife undo` brings them back.

    Exit code: 0 done, 1 something was refused, 2 something failed or it could not run.
    """
    with errors_for_people(), ExitStack() as stack:
        allow = _allow_list(given)
        converter = Converter(
            given["to"],
            given["floor"],
            allow=allow,
            py2_text=given["py2_text"] and Py2Text(given["py2_text"]),
            types=_types(given["types"]),
        )

        def make(readers: Sequence[Reader]) -> Convert:
            unread = given["even_if_unread"]
            if given["to"] == "portable" and not unread:
                _check_declared(readers, execute=given["execute"])
            return Convert(converter, readers, given["stage"], unread=unread)

        more = {"names": sorted({*allow.names, *(f"{name}.*" for name in allow.modules)})}
        ctx = click.get_current_context()
        command = Command(ctx, url, given, selection_of(given), make, _PLAN, more)
        return run_command(command, stack)


def _check_declared(readers: Sequence[Reader], *, execute: bool) -> None:
    if execute and not readers:
        raise ConfigurationError(
            "nobody was declared who reads this cache: name each release that may still run with "
            "--target NAME=COMMAND, so that it is seen to read entries of shelflife, or say "
            "--even-if-unread"
        )
    check_readers(readers)


def _allow_list(given: dict[str, Any]) -> AllowList:
    file = given["allow_file"]
    allow = AllowList.default() if file is None else AllowList.from_file(file)
    return allow.extended(given["allow"])


def _types(spec: Optional[str]) -> Optional[Types]:
    if spec is None:
        return None
    module, _, name = spec.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001 - importing runs the user's own code
        raise ConfigurationError(f"--types {spec}: {error}") from None
    if not isinstance(found, Types):
        raise ConfigurationError(f"--types {spec} is no shelflife.Types but {type(found).__name__}")
    return found
