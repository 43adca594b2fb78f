"""The machine: one pass over the opcodes that builds the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shelflife.pickles.budget import DEFAULT_BUDGET, Budget
from shelflife.pickles.names import AllowList, Resolve
from shelflife.pickles.text import Py2Text


@dataclass(frozen=True)
class Loaded:
    """What a pickle held.

    Attributes:
        value: The value.
        mixed: Some non-ASCII 8-bit strings of Python 2 became text and others stayed bytes.
    """

    value: Any
    mixed: bool


def load(
    data: bytes,
    *,
    allow: AllowList,
    resolve: Resolve,
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES,
    budget: Budget = DEFAULT_BUDGET,
) -> Loaded:
    """Build the value of a pickle.

    Args:
        data: The whole pickle; trailing bytes make it `corrupt`.
        allow: What it may refer to.
        resolve: Gives the object of a name that is allowed and not in `SAFE`.
        text: What becomes of Python 2's 8-bit strings.
        budget: Bounds on time and memory.

    Raises:
        Unreadable: The only error; a KeyboardInterrupt and the like pass.
    """
    raise NotImplementedError
