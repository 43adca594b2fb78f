"""The progress of long work, on standard error: a bar at a terminal, nothing anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Optional

from rich import progress as bars

from shelflife.cli.bars import open_bar

_LONGEST = 90


class Bar:
    """What is being done, how far it is, how fast, how long it may take; or why it waits."""

    def __init__(self, bar: bars.Progress, doing: str) -> None:
        self._bar = bar
        self._doing = doing
        self._task = bar.add_task("starting", total=None)

    def say(self, text: str) -> None:
        """What is being done now; "" for the work itself. Bounded, so that the bar stays there."""
        shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        self._bar.update(self._task, description=shown or self._doing)

    def say_pause(self, reason: str) -> None:
        """Why it pauses; "" when it goes on."""
        self.say(f"paused: {reason}" if reason else "")

    def advance(self, done: int, total: Optional[int]) -> None:
        """So much is through, of so much, if that is known."""
        self._bar.update(
            self._task,
            description=self._doing,
            completed=done,
            total=total and max(total, done),
        )

    def stop(self) -> None:
        """Take the bar away; the report comes."""
        self._bar.stop()


class _Rate(bars.ProgressColumn):
    """How many of them a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: bars.Task) -> str:
        """Give the text; see rich."""
        return f"{task.speed:,.0f} {self._unit}/s" if task.speed else ""


@contextmanager
def show_progress(doing: str, unit: str = "keys") -> Iterator[Bar]:
    """Show a bar while the block runs: what is done, and what is counted."""
    with open_bar(_Rate(unit), bars.TimeRemainingColumn()) as bar:
        yield Bar(bar, doing)
