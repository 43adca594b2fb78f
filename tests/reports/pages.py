"""HTML pages taken apart, for tests."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Optional

VOID = {"meta", "br"}


class Page(HTMLParser):
    """A page taken apart: its elements, its text, and whether all that opens is closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, Optional[str]]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += " "
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def pictures(page: str) -> list[str]:
    """The pictures of a page."""
    return re.findall(r"<svg .*?</svg>", page, re.DOTALL)
