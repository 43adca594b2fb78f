"""What a rehearsal shows meanwhile: a bar for each phase at a terminal; elsewhere, nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress as bars
from rich.markup import escape

from shelflife.cli.bars import open_bar
from shelflife.reports.figures import several
from shelflife.reports.showable import showable


class PhaseBar:
    """The phase that goes on; a line stays for each that is through."""

    def __init__(self, bar: bars.Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=None)
        self._name = ""
        self._bad = self._done = 0

    def phase(self, name: str, total: int) -> None:
        """A phase begins, with so many requests."""
        self.close()
        self._name, self._bad, self._done = name, 0, 0
        self._bar.reset(self._task, description=name, total=total)

    def advance(self, bad: bool) -> None:
        """A request was answered; whether that speaks against the deploy."""
        self._done += 1
        if bad:
            self._bad += 1
            self._bar.update(self._task, description=f"{self._name}: {self._bad:,} bad")
        self._bar.advance(self._task)

    def say(self, text: str) -> None:
        """What is being done meanwhile; "" for the phase itself."""
        self._bar.update(self._task, description=escape(showable(text or self._name, 80)))

    def close(self) -> None:
        """Say in a line what came of the phase."""
        if not self._name or self._bar.disable:
            return
        bad = f"[bold red]{self._bad:,} bad[/]" if self._bad else "[green]none bad[/]"
        told = f"  {escape(self._name):<9} {several(self._done, 'request')}, {bad}"
        self._bar.console.print(told, highlight=False)
        self._name = ""


@contextmanager
def show_phases() -> Iterator[PhaseBar]:
    """Show a bar while the block runs."""
    with open_bar(bars.TimeElapsedColumn()) as bar:
        phases = PhaseBar(bar)
        yield phases
        phases.close()
