"""What a watch shows meanwhile: a bar at a terminal; elsewhere, nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress

from shelflife.cli.bars import open_bar
from shelflife.live.gate.checking import result_of
from shelflife.live.gate.gate import Progress
from shelflife.live.gate.terms import Check, Result


@contextmanager
def show_watch(seconds: float) -> Iterator[Progress]:
    """Show how far a watch is, and what it has found so far."""
    with open_bar(progress.TimeRemainingColumn()) as bar:
        task = bar.add_task("watching", total=round(seconds))

        def tell(passed: float, checks: list[Check]) -> None:
            names = [check.name for check in checks if check.result is _worst(checks)]
            text = f"{_worst(checks)}: {', '.join(names[:3])}"
            bar.update(task, completed=min(round(passed), round(seconds)), description=text)

        yield tell


def _worst(checks: list[Check]) -> Result:
    return result_of(checks)
