"""The runtimes that a command's options name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import click

from shelflife.errors import ConfigurationError
from shelflife.pickles.reader import Reader
from shelflife.runtimes import open_target
from shelflife.verdicts import STAGES

_F = TypeVar("_F", bound=Callable[..., Any])


def target_options(*, required: bool) -> Callable[[_F], _F]:
    """Give a command the options `--target`, `--setup`, `--stage` and `--trial-remote`."""
    options = (
        click.option(
            "--target",
            "targets",
            multiple=True,
            required=required,
            metavar="NAME=COMMAND",
            help="A runtime: old=/opt/app/bin/python2.7, new='docker exec -i api python', or a "
            "bare python3.12, which is judged from tables. Repeat it, the old release first.",
        ),
        click.option(
            "--setup",
            metavar="django|FILE",
            help="Prepares the interpreters before names are looked up: django.setup(), or a "
            "Python file.",
        ),
        click.option(
            "--stage",
            type=click.Choice(STAGES),
            default="resolve",
            show_default=True,
            help="How far to go: the bytes alone; names, looked up in the real interpreters; or "
            "values, loaded and written again there, in disposable children.",
        ),
        click.option(
            "--trial-remote", is_flag=True, help="Also load values in targets of other machines."
        ),
    )

    def decorate(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def open_targets(
    given: dict[str, Any], say: Callable[[str], None], stack: ExitStack
) -> Sequence[Reader]:
    """Open the targets that the options name; the stack closes them.

    Raises:
        ConfigurationError: If one of them cannot be used.
    """
    setup: Optional[str] = given["setup"]
    if setup not in {None, "django"}:
        try:
            setup = Path(str(setup)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"--setup {setup}: neither `django` nor a file: {error}"
            ) from None
    readers: list[Reader] = []
    for spec in given["targets"]:
        say(f"asking {spec.partition('=')[0]}")
        reader = open_target(spec, setup=setup, trial_remote=given["trial_remote"])
        stack.callback(reader.close)
        if reader.name in {other.name for other in readers}:
            raise ConfigurationError(f"two targets are called {reader.name}: name one NAME=COMMAND")
        readers.append(reader)
    return readers
