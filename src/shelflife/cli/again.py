"""The command that was run, as words to copy: for the next one, which differs a little."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

_HELP = "help"


def words_again(
    ctx: click.Context,
    *,
    instead: dict[str, str],
    without: Iterable[str] = (),
    adding: Iterable[str] = (),
) -> str:
    """Give the words of this command.

    Args:
        ctx: The command's context.
        instead: What to say for an argument, by its name: a URL without its password.
        without: Names of parameters to leave out.
        adding: Further words.
    """
    words = ["shelflife", str(ctx.info_name)]
    options: list[str] = []
    left_out = {*without, _HELP}
    for parameter in ctx.command.params:
        name, value = str(parameter.name), ctx.params.get(str(parameter.name))
        if name in left_out or _is_unset(ctx, name, value):
            continue
        if isinstance(parameter, click.Argument):
            words.append(instead.get(name, str(value)))
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            options.append(parameter.opts[0])
        else:
            values = value if isinstance(value, tuple) else (value,)
            for one in values:
                options += [parameter.opts[0], instead.get(name, _said(parameter, one))]
    return shlex.join([*words, *options, *adding])


def _is_unset(ctx: click.Context, name: str, value: Any) -> bool:
    source = ctx.get_parameter_source(name)
    return value in (None, (), False) or source == click.core.ParameterSource.DEFAULT


def _said(parameter: click.Parameter, value: Any) -> str:
    """Give a value as it is written on the command line."""
    if isinstance(value, Path):
        return str(value)
    if parameter.type.name == "span":
        return f"{value:g}s"
    if parameter.type.name == "rate":
        return f"{value:g}/s"
    return f"{value:g}" if isinstance(value, float) else str(value)
