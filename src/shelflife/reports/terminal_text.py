"""The pieces that the terminal's report is made of.

Every text of a document becomes a `Text` through `plain`, never markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from shelflife.reports.showable import LONGEST, showable

LONGEST_NAME = 20
LONGEST_COMMAND = 4_000

STYLES = {
    "reads": "green",
    "changed": "yellow",
    "fails": "bold red",
    "unknown": "cyan",
    "safe": "bold green",
    "unsafe": "bold red",
    "any": "bold green",
    "none": "bold red",
}


def plain(text: str, style: str = "", longest: int = LONGEST) -> Text:
    """Give text of a document, harmless and bounded."""
    return Text(showable(text, longest), style=style)


def listed(names: Iterable[str]) -> Text:
    """Give names of targets, each bounded, so that many stay readable."""
    return Text(", ".join(showable(name, 2 * LONGEST_NAME) for name in names))


def grid(*justified: str) -> Table:
    """Give a table without lines; its columns are "left" or "right"."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for number, justify in enumerate(justified):
        right = justify == "right"
        table.add_column(
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
            max_width=None if number else 26,
        )
    return table


def indent(what: RenderableType, by: int = 2) -> Padding:
    """Move something to the right."""
    return Padding(what, (0, 0, 0, by), expand=False)


def title(text: str) -> Iterator[RenderableType]:
    """Open a section."""
    yield Text("")
    yield Text(text, style="bold")


def command(text: str, style: str = "cyan") -> Text:
    """Give a line that is copied, and so never wrapped."""
    shown = plain(text, style, LONGEST_COMMAND)
    shown.no_wrap = True
    return shown
