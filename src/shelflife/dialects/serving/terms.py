"""What a dialect is told by the cache that it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional

from shelflife.codecs.pickle import Lacks, lacks_nothing, parse_floor
from shelflife.errors import ConfigurationError
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Budget, Py2Text

NEWEST = "3.9"


@dataclass(frozen=True)
class Terms:
    """The options of a cache that matter to a dialect.

    Attributes:
        allow: The names that pickles may refer to.
        text: What Python 2's non-ASCII 8-bit strings become.
        floor: The oldest Python whose client reads what is written; None if nothing is written.
        note: Told "py2-mixture" when a read met 8-bit strings of both kinds.
        budget: What reading one entry may cost.
        lacks: Says why some reader at the floor lacks a name; see `PickleCodec`.
    """

    allow: AllowList
    text: Py2Text = Py2Text.UTF8_ELSE_BYTES
    floor: Optional[str] = None
    note: Callable[[str], None] = lambda _: None
    budget: Budget = DEFAULT_BUDGET
    lacks: Lacks = lacks_nothing

    @property
    def python(self) -> tuple[int, int]:
        """The floor as numbers."""
        return parse_floor(self.floor or NEWEST)

    def expect_floor(self, name: str) -> None:
        """Make sure that it is known who reads what is about to be written.

        Raises:
            ConfigurationError: If it is not.
        """
        if self.floor is None:
            raise ConfigurationError(
                f"writing the {name} dialect needs a floor: the oldest Python that reads it"
            )
