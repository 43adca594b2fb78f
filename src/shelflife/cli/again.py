"""The command that was run, as words to copy: for the next one, which differs a little."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

_HELP = "help"
_SECRETS = re.compile(r"(://)([^/@\s]+)(@)")
_QUERIES = re.compile(r"(https?://[^\s?]*)\?\S+")
_SURROGATES = re.compile("[\ud800-\udfff]")


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
            if not _is_from_environment(ctx, name):  # it is there the next time as well
                words.append(instead.get(name, str(value)))
        elif isinstance(parameter, click.Option) and parameter.is_flag:
            options.append(parameter.opts[0])
        else:
            values = value if isinstance(value, tuple) else (value,)
            for one in values:
                options += [parameter.opts[0], instead.get(name, _said(parameter, one))]
    return join([*words, *options, *adding])


def join(words: Iterable[str]) -> str:
    """Give words for a shell; secrets of URLs are left out."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    shown = _SECRETS.sub(lambda found: f"{found[1]}***{found[3]}", word)
    shown = _QUERIES.sub(lambda found: f"{found[1]}?***", shown)
    if _SURROGATES.search(shown):  # bytes that are no text: bash and zsh take them so
        raw = shown.encode("utf-8", "surrogateescape")
        return "$'" + "".join(f"\\x{byte:02x}" for byte in raw) + "'"
    return shlex.quote(shown)


def _is_from_environment(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) == click.core.ParameterSource.ENVIRONMENT


def _is_unset(ctx: click.Context, name: str, value: Any) -> bool:
    left_out = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.ENVIRONMENT)
    return value in (None, (), False) or ctx.get_parameter_source(name) in left_out


def _said(parameter: click.Parameter, value: Any) -> str:
    """Give a value as it is written on the command line."""
    if isinstance(value, Path):
        return str(value)
    unit = {"span": "s", "rate": "/s"}.get(parameter.type.name, "")
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}{unit}"  # never 1e+06, which is no option
    return str(value)
