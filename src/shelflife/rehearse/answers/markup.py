"""HTML, taken apart as a browser would about do it; whitespace between tags is dropped.

It needs not be right, only the same for the same page: unclosed elements end with those that they
are in, comments say nothing, and nothing nests deeper than `DEEPEST`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Optional

from shelflife.rehearse.answers.trees import Element

DEEPEST = 60
_EMPTY = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)
_ENDS_ITSELF = frozenset(("p", "li", "option", "tr", "td", "th", "dt", "dd"))
_KEEPS_SPACE = frozenset(("pre", "textarea"))
_SPACE = re.compile(r"\s+")


def parsed(page: str) -> Element:
    """Take a page apart; give its root, which holds all there is."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, Optional[str]]]) -> None:
        element = self._begun(tag, attrs)
        if tag not in _EMPTY and len(self._open) < DEEPEST:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, Optional[str]]]) -> None:
        self._begun(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self._open) - 1, 0, -1):
            if self._open[index].tag == tag:
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        parent = self._open[-1]
        text = data if parent.tag in _KEEPS_SPACE else _SPACE.sub(" ", data).strip()
        if text and parent.children and isinstance(parent.children[-1], str):
            parent.children[-1] += f" {text}"
        elif text:
            parent.children.append(text)

    def handle_decl(self, decl: str) -> None:
        self.root.attributes["doctype"] = _SPACE.sub(" ", decl).lower()

    def _begun(self, tag: str, attrs: Sequence[tuple[str, Optional[str]]]) -> Element:
        if tag in _ENDS_ITSELF and self._open[-1].tag == tag:
            self._open.pop()
        element = Element(tag, {name: _attribute(name, value) for name, value in attrs})
        self._open[-1].children.append(element)
        return element


def _attribute(name: str, value: Optional[str]) -> str:
    if value is None:
        return ""
    return " ".join(sorted(value.split())) if name == "class" else value
