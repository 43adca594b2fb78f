"""The command `shelflife` and how it ends."""

from __future__ import annotations

import signal
import sys
import traceback
from types import FrameType
from typing import NoReturn, Optional

import click

from shelflife.cli import version
from shelflife.cli.audit.command import audit
from shelflife.cli.bridge import bridge
from shelflife.cli.demo.command import demo
from shelflife.cli.floor.command import floor
from shelflife.cli.gate.command import gate
from shelflife.cli.rehearse.command import rehearse
from shelflife.cli.repair.convert import convert
from shelflife.cli.repair.purge import purge
from shelflife.cli.repair.undo import undo


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="shelflife")
def shelflife() -> None:
    """A cache whose reads survive deploys and rollbacks."""


shelflife.add_command(audit)
shelflife.add_command(bridge)
shelflife.add_command(convert)
shelflife.add_command(demo)
shelflife.add_command(floor)
shelflife.add_command(gate)
shelflife.add_command(purge)
shelflife.add_command(rehearse)
shelflife.add_command(undo)


def run(words: list[str]) -> int:
    """Run the command with these words and give its exit code; signals give 130 and 143."""
    signal.signal(signal.SIGTERM, _end)
    try:
        code = shelflife.main(words, prog_name="shelflife", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("Stopped; every process that was started has been ended.\n")
        return 130
    except Exception:  # noqa: BLE001 - Python's own exit code for it, 1, would say "incompatible"
        traceback.print_exc()
        return 2
    return code if isinstance(code, int) else 0


def _end(number: int, _: Optional[FrameType]) -> NoReturn:
    # An exception, so that whatever was started is ended on the way out.
    sys.exit(128 + number)
