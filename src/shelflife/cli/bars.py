"""A progress bar on standard error: at a terminal, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress
from rich.console import Console


@contextmanager
def open_bar(*times: progress.ProgressColumn) -> Iterator[progress.Progress]:
    """Show a bar while the block runs: what is done, how much of it, and these columns."""
    console = Console(stderr=True)
    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        *times,
    )
    with progress.Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield bar
