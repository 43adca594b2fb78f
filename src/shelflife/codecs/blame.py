"""Who is to blame that a value is not portable: found on the way out of a failed encoding.

A `Culprit` is raised where the offending value is met and collects one `Step` per container on its
way up; at the top it becomes the `NotPortable` that the user sees.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from shelflife.errors import NotPortable

REGISTER = "register it, or allow codec 'pickle'"
PICKLE = "allow codec 'pickle'"
_KEY_SHOWN = 80


class Step(NamedTuple):
    """One step of a path: what is written before and after the path so far."""

    before: str
    after: str


class Culprit(Exception):
    """Internal: a value that cannot be encoded, and the way to it.

    Attributes:
        value: The culprit itself.
        remedy: What to do about it.
        steps: From the culprit outwards: innermost first.
    """

    def __init__(self, value: Any, remedy: str = REGISTER) -> None:
        super().__init__()
        self.value = value
        self.remedy = remedy
        self.steps: list[Step] = []

    def item(self, key: Any) -> Culprit:
        """Add a step into a mapping or sequence: `[key]`."""
        self.steps.append(Step("", f"[{_shown(key)}]"))
        return self

    def member(self, index: int) -> Culprit:
        """Add a step into what has no index of its own, such as a set or a mapping's keys."""
        self.steps.append(Step("list(", f")[{index}]"))
        return self

    def attribute(self, name: str) -> Culprit:
        """Add a step into an object: `.name`."""
        self.steps.append(Step("", f".{name}"))
        return self

    def path(self) -> str:
        """Give the way to the culprit as an expression that begins with `value`."""
        path = "value"
        for step in reversed(self.steps):
            path = step.before + path + step.after
        return path

    def not_portable(self) -> NotPortable:
        """Make the error for the user, with the culprit's own error as its cause, if any."""
        error = NotPortable(self.path(), name_of(type(self.value)), self.remedy)
        error.__cause__ = self.__cause__
        return error


def name_of(cls: type) -> str:
    """Give a class's full name as it is written in code."""
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _shown(key: Any) -> str:
    """Show a key that people can recognise; anything that might run code or be long, by its type."""
    if type(key) in {str, bytes, int, bool, float, type(None)}:
        text = repr(key)
        return text if len(text) <= _KEY_SHOWN else text[:_KEY_SHOWN] + "..."
    return f"<{name_of(type(key))}>"
