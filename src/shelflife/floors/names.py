"""Names that some reader at a floor lacks: asked of the tables that the audit judges by.

Rules:
1. Each Python from the floor's up to the one that runs must have a name of the standard library.
2. What the tables do not know is not accused: names of the user's own modules, which were allowed.
3. Answers are remembered by name: a value of known names costs a look into a dict.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

from shelflife.floors.floor import Floor
from shelflife.floors.packages import lacks
from shelflife.pickles.reader import Name

if TYPE_CHECKING:
    from shelflife.runtimes.declared import DeclaredRuntime

_MOST = 10_000


class LackedNames:
    """Says why some reader at a floor lacks a name.

    Args:
        floor: The floor.
        declared: The pickle protocol that is written: below 3, names are Python 2's.
    """

    def __init__(self, floor: Floor, declared: int) -> None:
        self._floor = floor
        self._declared = declared
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, module: str, qualname: str) -> str:
        """Give why a name, as a pickle spells it, is lacked; "" if nobody is known to lack it."""
        why = self._known.get((module, qualname))
        if why is None:
            if len(self._known) > _MOST:
                self._known.clear()
            why = self._known[module, qualname] = self._find(module, qualname)
        return why

    @cached_property
    def _runtimes(self) -> list[DeclaredRuntime]:
        """One for each Python that has a table, from the floor's to the one that runs."""
        # Read when first needed: a service without classes of its own never does.
        from shelflife.runtimes.declared import DeclaredRuntime  # noqa: PLC0415
        from shelflife.runtimes.tables import tables  # noqa: PLC0415

        running = sys.version_info[:2]
        return [
            DeclaredRuntime(f"python{text}", text)
            for text in tables().versions
            if self._floor.python <= tuple(map(int, text.split("."))) <= running
        ]

    def _find(self, module: str, qualname: str) -> str:
        for bounds in self._floor.packages:
            if module.partition(".")[0] == bounds.package:
                return lacks(bounds, module)
        name = Name(module, qualname, self._declared)
        for runtime in self._runtimes:
            if runtime.resolve([name])[name].status == "missing":
                version = ".".join(map(str, runtime.version))
                return f"does not exist in Python {version}"
        return ""
