"""`shelflife bridge`: the one file for Pythons that shelflife does not run on."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Optional

import click

NAME = "shelflife_bridge.py"

_NEXT = """\
{where} runs on Python 2.7 and 3.4 to 3.8, with any redis-py from 2.10 on.
Next: put it beside the old service, and use `shelflife_bridge.WerkzeugBridge` in place of
`RedisCache`; deploy that, and then the new release.
Next: shelflife audit URL --target old=/path/of/the/old/python --target new=python3
"""


def source() -> bytes:
    """Give the file as it is shipped."""
    return (files("shelflife") / "bridge" / NAME).read_bytes()


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=f"Write it to this file, which must not exist; {NAME} is its name for imports.",
)
def bridge(output: Optional[Path]) -> int:
    """Print the bridge: one file that gives an old service the same cache.

    For Python 2.7 and 3.4 to 3.8, which shelflife itself does not run on. Nothing but the file
    goes to standard output.

    Exit code: 0 fine, 2 could not write.
    """
    if output is None:
        click.echo(source(), nl=False)
        sys.stdout.flush()
    else:
        try:
            with output.open("xb") as file:
                file.write(source())
        except FileExistsError:
            raise click.ClickException(
                f"{output} is there already: remove it, or name another file"
            ) from None
        except OSError as error:
            raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
    click.echo(_NEXT.format(where=output or "This file"), err=True, nl=False)
    return 0
