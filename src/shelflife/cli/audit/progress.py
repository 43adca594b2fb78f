"""The progress of an audit, on standard error: a bar at a terminal, nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Optional

from rich import progress as bars

from shelflife.cli.bars import open_bar


class Bar:
    """What is being done, how many keys have been visited, how fast, and how long it may take."""

    def __init__(self, bar: bars.Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=None)

    def say(self, text: str) -> None:
        """What is being done now."""
        self._bar.update(self._task, description=text)

    def advance(self, keys: int, total: Optional[int]) -> None:
        """So many keys have been visited, of so many, if that is known."""
        self._bar.update(
            self._task,
            description="reading entries",
            completed=keys,
            total=total and max(total, keys),
        )

    def stop(self) -> None:
        """Take the bar away; the report comes."""
        self._bar.stop()


class _Rate(bars.ProgressColumn):
    """Keys a second."""

    def render(self, task: bars.Task) -> str:
        """Give the text; see rich."""
        return f"{task.speed:,.0f} keys/s" if task.speed else ""


@contextmanager
def show_progress() -> Iterator[Bar]:
    """Show a bar while the block runs."""
    with open_bar(_Rate(), bars.TimeRemainingColumn()) as bar:
        yield Bar(bar)
