"""Who is to blame that a value is not portable, and the way to it.

A `Culprit` is raised where the offending value is met and collects one `Step` per container on its
way up; at the top it becomes the `NotPortable` that the user sees.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from shelflife.errors import NotPortable

REGISTER = "register it, or allow codec 'pickle'"
_LONGEST_KEY = 60
_MOST_STEPS = 40
_SHOWN = frozenset([str, bytes, bool, float, type(None)])


class Step(NamedTuple):
    """One step of a path: what is written before and after the path so far."""

    before: str
    after: str


def item(key: Any) -> Step:
    """Give the step into a mapping or sequence: `[key]`."""
    return Step("", f"[{_show(key)}]")


def member(index: int) -> Step:
    """Give the step to a set's member or a mapping's key, which have no index of their own."""
    return Step("list(", f")[{index}]")


def attribute(name: str) -> Step:
    """Give the step into an object: `.name`."""
    return Step("", f".{name}")


class Culprit(Exception):
    """Internal: a value that cannot be encoded, and the way to it.

    Args:
        value: The culprit itself.
        remedy: What to do about it.
        steps: Steps that are known already; innermost first.
    """

    def __init__(self, value: Any, remedy: str = REGISTER, *steps: Step) -> None:
        super().__init__()
        self.value = value
        self.remedy = remedy
        self.steps = list(steps)

    @property
    def path(self) -> str:
        """The way to the culprit as an expression that begins with `value`."""
        path = "value"
        for step in reversed(self.steps[-_MOST_STEPS:]):
            path = step.before + path + step.after
        return path if len(self.steps) <= _MOST_STEPS else path + "..."

    def as_error(self) -> Exception:
        """Make the error for the user."""
        return NotPortable(self.path, name_of(type(self.value)), self.remedy)


def name_of(cls: type) -> str:
    """Give a class's full name as it is written in code."""
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _show(key: Any) -> str:
    """Show a key as it is written; one that is long or not plain, by its type."""
    kind = type(key)
    if kind in _SHOWN or (kind is int and key.bit_length() <= 64):
        text = repr(key)
        if len(text) <= _LONGEST_KEY:
            return text
    return f"<{name_of(kind)}>"
