"""Where a command writes: files that are checked beforehand, and a console of a readable width."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from shelflife.errors import ConfigurationError

_WIDTH = 120


def check_outputs(files: Sequence[Path]) -> None:
    """See that files can be written before anything is read: a command may take long.

    Raises:
        ConfigurationError: If one cannot, or two are the same.
    """
    for file in files:
        if not os.access(file if file.exists() else file.parent, os.W_OK):
            raise ConfigurationError(f"{file} cannot be written: name a file in a folder there is")
    if len({file.absolute() for file in files}) < len(files):
        raise ConfigurationError("two of the files to write are the same: give each its own name")


def report_console() -> Console:
    """Give standard output, at most as wide as people read."""
    console = Console(highlight=False)
    width = min(_WIDTH, console.width) if console.is_terminal else _WIDTH
    return Console(highlight=False, width=width)
