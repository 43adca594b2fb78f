"""The command line. Needs the extra `cli`."""

from __future__ import annotations

import importlib.metadata
import sys

__all__ = ["main", "version"]

_NAMES = ("click", "rich", "jinja2", "markupsafe", "tomli")


def main() -> int:
    """Run the command line and give the exit code: 0 fine, 1 incompatible, 2 error, 3 unclear."""
    try:
        from shelflife.cli.command import run  # noqa: PLC0415 - needs the extra
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _NAMES:
            raise
        sys.stderr.write(
            f"The command line needs {missing}: install it with "
            "`pip install 'shelflife-cache[cli]'`.\n"
        )
        return 2
    return run(sys.argv[1:])


def version() -> str:
    """Give the installed version of shelflife; "unreleased" if it runs from a checkout."""
    try:
        return importlib.metadata.version("shelflife-cache")
    except importlib.metadata.PackageNotFoundError:
        return "unreleased"
