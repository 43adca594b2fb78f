"""A change, planned and, with `--execute`, made: the same way for every command."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Optional

from shelflife.cli.floor.options import Fleet
from shelflife.cli.outputs import check_outputs, report_console
from shelflife.errors import ConfigurationError
from shelflife.fleet.changes import Change, carry_out
from shelflife.fleet.document import change_document
from shelflife.fleet.sight import Sight, look
from shelflife.reports import document as documents
from shelflife.reports import fleet as report

Plan = Callable[[Sight], Change]

_ATTEMPTS = 5
_FOLLOW_SECONDS = 3.0


def apply(
    fleet: Fleet,
    plan: Plan,
    again: tuple[str, ...],
    *,
    execute: bool,
    json_file: Optional[Path],
) -> int:
    """Show a change, and make it if it is to be made; give the exit code.

    Args:
        fleet: Whose.
        plan: Makes the plan from what is seen; again, if somebody was quicker.
        again: The words of the command, without `--execute`.
        execute: Whether to make it.
        json_file: Where to write the report, too.

    Raises:
        ConfigurationError: If it cannot be made.
    """
    check_outputs([json_file] if json_file is not None else [])
    sight, change, done = _try(fleet, plan, execute=execute)
    followed = _wait_for(fleet, Sight(fleet.name, change.after, sight.alive)) if done else None
    address = fleet.store.address
    found = change_document(sight, change, address, executed=done, followed=followed)
    found["back"] = fleet.command((*change.back, "--execute")) if change.back else None
    found["next"] = _next(fleet, change, again, done=done, back=found["back"])
    report.show_change(found, report_console())
    if json_file is not None:
        documents.write_json(found, json_file)
    code: int = found["exit_code"]
    return code


def _try(fleet: Fleet, plan: Plan, *, execute: bool) -> tuple[Sight, Change, bool]:
    for _ in range(_ATTEMPTS):
        sight = look(fleet.name, fleet.store.run)
        change = plan(sight)
        if not execute or change.refusals or change.unclear:
            return sight, change, False
        if carry_out(sight, change, fleet.store.run):
            return sight, change, True
    raise ConfigurationError("others change this fleet all the time: try again in a moment")


def _wait_for(fleet: Fleet, sight: Sight) -> Optional[str]:
    """Watch the processes follow; give how many have, or None if nothing is to follow."""
    wanted = str(sight.decision().floor)
    began = time.monotonic()
    while True:
        members = [m for m in look(fleet.name, fleet.store.run).alive.values() if m.minimum]
        followed = sum(wanted in member.writes.split(" | ") for member in members)
        seconds = time.monotonic() - began
        if followed == len(members) or seconds > _FOLLOW_SECONDS:
            break
        time.sleep(0.1)
    if not members:
        return None
    return f"{followed} of {len(members)} processes write {wanted} after {seconds:.1f} s"


def _next(
    fleet: Fleet, change: Change, again: tuple[str, ...], *, done: bool, back: Optional[str]
) -> str:
    if done:
        return f"to take it back: {back}" if back else fleet.command(("status",))
    if change.refusals or change.unclear:
        return fleet.command(("status",))
    return fleet.command((*again, "--execute"))
