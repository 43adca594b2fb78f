"""A table of ratios: contenders across, the fastest cache of each row in bold."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def show(
    title: str, names: list[str], baselines: tuple[str, ...], results: dict[str, Any], out: Console
) -> None:
    """Print it.

    Args:
        title: Of the kind of contenders.
        names: Theirs; the ratios are to the first.
        baselines: How those begin that are no caches, and so never in bold.
        results: By the row's name: a figure for each contender, and "microseconds" of the first.
        out: Where to.
    """
    table = Table(title=f"{title}: time as a ratio to {names[0]} (less is faster)")
    table.add_column("", no_wrap=True)
    for name in ("us", *names):
        table.add_column(name, justify="right")
    for label, figures in results.items():
        fastest = min(figures[name] for name in names if not name.startswith(baselines))
        cells = [
            f"[bold]{figures[name]:.2f}[/]" if figures[name] == fastest else f"{figures[name]:.2f}"
            for name in names
        ]
        table.add_row(label, f"{figures['microseconds']:.0f}", *cells)
    out.print(table)
