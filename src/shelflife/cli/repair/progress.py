"""The progress of a change, on standard error: keys, rate, time left, and why it pauses."""

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
    """Keys, or batches of a journal, a second."""

    def render(self, task: bars.Task) -> str:
        """Give the text; see rich."""
        return f"{task.speed:,.0f}/s" if task.speed else ""


@contextmanager
def show_progress(doing: str) -> Iterator[Bar]:
    """Show a bar while the block runs."""
    with open_bar(_Rate(), bars.TimeRemainingColumn()) as bar:
        yield Bar(bar, doing)
