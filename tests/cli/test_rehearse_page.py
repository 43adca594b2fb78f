"""The page on rehearsals says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import click

from shelflife.cli.rehearse.command import rehearse
from shelflife.rehearse import findings
from shelflife.rehearse.adequacy import Gap
from shelflife.rehearse.phases import ORDER
from shelflife.reports.rehearsal_words import KINDS

PAGE = Path(__file__).parent.parent.parent / "docs" / "rehearse.md"


def first_cells(name: str) -> list[str]:
    """The first column of a table."""
    table = PAGE.read_text().partition(f"<!-- {name}")[2].partition("<!-- end -->")[0]
    return re.findall(r"^\| `([^`]+)` +\|", table, re.MULTILINE)


def test_every_option_is_documented() -> None:
    """And no other."""
    options = [param for param in rehearse.params if isinstance(param, click.Option)]

    assert [cell.split()[0] for cell in first_cells("options")] == [
        name for option in options for name in option.opts
    ]


def test_every_phase_is_documented() -> None:
    """In their order."""
    assert first_cells("phases") == list(ORDER)


def test_every_kind_of_finding_is_documented() -> None:
    """On the page and in the reports, worst first."""
    assert first_cells("findings") == list(KINDS) == list(findings.ORDER)


def test_every_gap_is_documented() -> None:
    """Those that its class names."""
    told = re.findall(r'"([a-z-]+)"', (Gap.__doc__ or "").partition("direction:")[0])

    assert sorted(first_cells("gaps")) == sorted(told)
