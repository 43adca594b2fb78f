"""What bodies and headers become before they are compared: objects, lists, elements, leaves.

JSON is itself. A page of HTML is an `Element`. A text is `Lines`. Anything else is bytes. Headers
are an object.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Optional

# Of JSON: None, bool, int, float, str, list, dict. Besides: Element, Lines, bytes.
Tree = Any


class Element:
    """An element of HTML.

    Attributes:
        attributes: Without their order; classes sorted.
        children: Elements and texts.
    """

    __slots__ = ("attributes", "children", "tag")

    def __init__(self, tag: str, attributes: Optional[dict[str, Tree]] = None) -> None:
        self.tag = tag
        self.attributes: dict[str, Tree] = attributes or {}
        self.children: list[Tree] = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Element) and (
            (self.tag, self.attributes, self.children)
            == (other.tag, other.attributes, other.children)
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def name(self) -> str:
        """What tells it from others of its tag: `p.footer`, `input[name=q]`."""
        for attribute, form in (("id", "#{}"), ("name", "[name={}]"), ("class", ".{}")):
            value = self.attributes.get(attribute)
            if isinstance(value, str) and value and not any(c.isdigit() for c in value):
                return self.tag + form.format(value.split()[0][:40])
        return self.tag


def only_ones(children: list[Tree]) -> dict[str, tuple[int, Element]]:
    """Give the elements whose name no other one here has, with their places."""
    elements = [(at, each) for at, each in enumerate(children) if isinstance(each, Element)]
    counts = Counter(each.name for _, each in elements)
    return {each.name: (at, each) for at, each in elements if counts[each.name] == 1}


class Lines(list[str]):
    """The lines of a text."""


def kind(tree: Tree) -> str:
    """Name what it is, for people."""
    if tree is None:
        return "null"
    if isinstance(tree, bool):
        return "true or false"
    if isinstance(tree, (int, float)):
        return "a number"
    if isinstance(tree, str):
        return "a text"
    if isinstance(tree, dict):
        return "an object"
    return {Element: "HTML", Lines: "a text", list: "a list"}.get(type(tree), "bytes")


def is_identical(one: Tree, other: Tree) -> bool:
    """Whether two trees are the same for sure; found out fast.

    `==` takes True for 1, the representation does not; it has the keys in their order, so there
    are trees that are the same and not found to be so.
    """
    if type(one) is not type(other) or one != other:
        return False
    return isinstance(one, (str, Element)) or repr(one) == repr(other)


def canonical(tree: Tree) -> str:
    """Give the same text for the same tree, and for no other one.

    Numbers are written alike if they are the same number: 1 and 1.0.
    """
    return json.dumps(_plain(tree), sort_keys=True, ensure_ascii=False)


def _plain(tree: Tree) -> Any:
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(member) for member in tree]
    if isinstance(tree, Element):
        return [tree.tag, _plain(tree.attributes), _plain(tree.children)]
    if isinstance(tree, float) and tree.is_integer():
        return int(tree)
    return tree.hex() if isinstance(tree, bytes) else tree
