"""`shelflife floor URL status`: who is there, what is written, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import click

from shelflife.cli.floor.options import Fleet, fleet_options, open_fleet
from shelflife.cli.outputs import check_outputs, report_console
from shelflife.fleet.document import status_document
from shelflife.fleet.findings import findings
from shelflife.fleet.sight import Sight, look
from shelflife.reports import document as documents
from shelflife.reports import fleet as report


@click.command()
@fleet_options
def status(fleet_name: Optional[str], json_file: Optional[Path]) -> int:
    """Show who lives, what each release reads, the floor and who limits it, and what was forgotten.

    Exit code: 0 fine, 1 somebody writes what another does not read or the registry is in doubt,
    2 it could not run.
    """
    with open_fleet(fleet_name) as fleet:
        check_outputs([json_file] if json_file is not None else [])
        sight = look(fleet.name, fleet.store.run)
        found = status_document(sight, fleet.store.address, fleet.command)
        found["next"] = _next(fleet, sight)
        report.show_status(found, report_console())
        if json_file is not None:
            documents.write_json(found, json_file)
        code: int = found["exit_code"]
        return code


def _next(fleet: Fleet, sight: Sight) -> str:
    """Give the command that helps with the worst finding, or the step that comes next."""
    words = [finding.words for finding in findings(sight) if finding.words]
    if words:
        return fleet.command(words[0])
    if not sight.alive:
        return "start a process whose cache has fleet=..., then look again"
    if sight.registry.commit is None:
        return fleet.command(("raise", "FLOOR"))
    return "nothing to do"
