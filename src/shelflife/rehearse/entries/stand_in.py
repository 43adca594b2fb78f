"""What stands for the instances of a user's classes while an entry is looked into."""

from __future__ import annotations

from typing import Any

from shelflife.pickles import AllowList


class StandIn:
    """Takes whatever a pickle gives an object, does nothing, and keeps the parts.

    Attributes:
        parts: Arguments, the values of its state, items.
    """

    __slots__ = ("parts",)

    parts: list[Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> StandIn:  # noqa: D102 - as of all classes
        made = super().__new__(cls)
        made.parts = [*args, *kwargs.values()]
        return made

    def __setstate__(self, state: Any) -> None:
        """Keep the values of attributes; their names are no part."""
        for part in state if type(state) is tuple else (state,):
            self.parts += part.values() if type(part) is dict else [part]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.parts += (key, value)

    def __contains__(self, key: Any) -> bool:
        return False

    def append(self, item: Any) -> None:
        """Keep an item."""
        self.parts.append(item)

    add = append

    def extend(self, items: list[Any]) -> None:
        """Keep items."""
        self.parts += items


class AllowAll(AllowList):
    """Permits every name: for loading where none is looked up."""

    def permits(self, module: str, qualname: str) -> bool:  # noqa: ARG002, D102
        return True

    def permits_exactly(self, module: str, qualname: str) -> bool:  # noqa: ARG002, D102
        return True


def resolve(_: str, __: str) -> type[StandIn]:
    """Give what every name means here."""
    return StandIn
