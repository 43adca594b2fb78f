"""The page on the gate says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from shelflife.cli.gate.command import gate
from shelflife.live.gate.checking import CHECKS
from shelflife.live.gate.terms import Thresholds

PAGE = Path(__file__).parent.parent.parent / "docs" / "gate.md"


def rows(name: str) -> list[list[str]]:
    """The cells of a table."""
    table = PAGE.read_text().partition(f"<!-- {name}")[2].partition("<!-- end -->")[0]
    found = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in found]


def test_every_check_is_documented() -> None:
    """In the order of the reports."""
    assert [row[0].strip("`") for row in rows("checks")] == list(CHECKS)


def test_every_option_is_documented() -> None:
    """With its default, and no other."""
    options = [param for param in gate.params if isinstance(param, click.Option)]
    told = {re.findall(r"--[a-z-]+", row[0])[0]: row[1] for row in rows("options")}

    assert set(told) == {name for option in options for name in option.opts}
    for name, value in Thresholds().as_facts().items():
        shown = f"`{100 * value:g}%`" if isinstance(value, float) and value < 1 else f"{value:g}"
        assert shown in told[f"--{name.replace('_', '-')}"]


def test_every_metric_is_documented() -> None:
    """With its labels."""
    pytest.importorskip("prometheus_client")
    from shelflife.prometheus import METRICS  # noqa: PLC0415 - it may not be installed

    told = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in rows("metrics")}
    assert told == {f"{metric.name}_total": list(metric.labels) for metric in METRICS.values()}
