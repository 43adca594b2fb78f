"""The page on the floor says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import click

from shelflife.cli.floor.command import floor
from shelflife.events.event import FLEET_REASONS
from shelflife.fleet.findings import KINDS

PAGE = Path(__file__).parent.parent.parent / "docs" / "floor.md"


def cells(name: str) -> list[str]:
    """What stands in backquotes in the first column of a table."""
    table = PAGE.read_text().partition(f"<!-- {name}")[2].partition("<!-- end -->")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return [cell for row in rows for cell in re.findall(r"`([^`]+)`", row)]


def test_every_command_is_documented() -> None:
    """And no other."""
    assert {cell.split()[0] for cell in cells("commands")} == set(floor.commands)


def test_every_option_is_documented() -> None:
    """And no other."""
    params = [param for command in floor.commands.values() for param in command.params]
    options = {name for p in params if isinstance(p, click.Option) for name in p.opts}

    assert {cell.split()[0] for cell in cells("options")} == options


def test_findings_and_reasons_are_documented() -> None:
    """In the order of the code."""
    assert cells("findings") == list(KINDS)
    assert cells("reasons") == list(FLEET_REASONS)
