"""The arguments that a pickle calls a name with: always a tuple, of whatever the pickle holds."""

from __future__ import annotations

from typing import Any

from shelflife.errors import Unreadable
from shelflife.pickles.refusals import load_error

Args = tuple[Any, ...]


def unfit(name: str) -> Unreadable:
    """Refuse arguments of the wrong shape."""
    return load_error(f"{name} with arguments that no Python pickles it with")


def shaped(args: Args, *shapes: tuple[Any, ...]) -> bool:
    """Whether the arguments are exactly of the types of one of the shapes."""
    return any(
        len(shape) == len(args)
        and all(
            type(arg) in kind if isinstance(kind, tuple) else type(arg) is kind
            for arg, kind in zip(args, shape)
        )
        for shape in shapes
    )
