"""Where something is in an answer: for people, and in general, for all requests of an endpoint.

`body $.items[2].title` is in general `body $.items[*].title`. Keys that are ids (numbers, UUIDs,
hexadecimal digits) are `*` in general.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from shelflife.rehearse.answers.trees import Element, Lines, Tree
from shelflife.rehearse.redaction import is_secret_name

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,60}")
_ID = re.compile(r"\d+|[0-9a-fA-F-]{12,}")
_WORD = re.compile(r"[^\W\d_]+")


class Place(NamedTuple):
    """Where something is.

    Attributes:
        shown: For people.
        general: For all requests of the endpoint.
        is_secret: Whether a name on the way says that this is a secret.
    """

    shown: str
    general: str
    is_secret: bool = False

    def key(self, key: str) -> Place:
        """Give the place of a member of an object, or of a header."""
        if self.shown.startswith("header"):
            return self._in_header(key)
        secret = self.is_secret or is_secret_name(key)
        if _PLAIN.fullmatch(key) and not _ID.fullmatch(key):
            return Place(f"{self.shown}.{key}", f"{self.general}.{key}", secret)
        shown = f"[{key[:60]!a}]"
        general = ".*" if _ID.fullmatch(key) else shown
        return Place(self.shown + shown, self.general + general, secret)

    def item(self, index: int) -> Place:
        """Give the place of a member of a list."""
        return Place(f"{self.shown}[{index}]", f"{self.general}[*]", self.is_secret)

    def attribute(self, name: str) -> Place:
        """Give the place of an attribute of an element."""
        return Place(f"{self.shown}/@{name}", f"{self.general}/@{name}", self.is_secret)

    def child(self, index: int, child: Tree) -> Place:
        """Give the place of what is in an element: another one, or text."""
        if not isinstance(child, Element):
            return Place(self.shown, f"{self.general}/text()", self.is_secret)
        secret = self.is_secret or _holds_secret(child)
        return Place(
            f"{self.shown}/{child.name}[{index + 1}]", f"{self.general}/{child.name}", secret
        )

    def line(self, index: int, line: str) -> Place:
        """Give the place of a line; in general, lines go by their first words."""
        words = " ".join(_WORD.findall(line[:200])[:2])
        shown = f"{self.shown} line {index + 1}"
        return Place(shown, f"{self.general} line {words}", self.is_secret)

    def member(self, index: int, member: Tree, container: Tree) -> Place:
        """Give the place of a member of whatever has members in an order."""
        if isinstance(container, Lines):
            return self.line(index, member)
        return self.item(index)

    def _in_header(self, key: str) -> Place:
        is_name = self.shown == "header"
        secret = is_name and key != "set-cookie" and is_secret_name(key)
        return Place(f"{self.shown} {key}", f"{self.general} {key}", self.is_secret or secret)


def _holds_secret(element: Element) -> bool:
    names = (element.attributes.get(each) for each in ("name", "id"))
    return element.attributes.get("type") == "password" or any(
        isinstance(name, str) and is_secret_name(name) for name in names
    )


STATUS = Place("status", "status")
HEADER = Place("header", "header")
BODY = Place("body", "body")
JSON = Place("body $", "body $")
HTML = Place("body ", "body ")
BYTES = Place("body bytes", "body bytes")
