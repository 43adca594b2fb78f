"""A floor: the oldest readers that may still run, and so must read what is written.

Rules:
1. Who reads is known by its Python, the dialects it reads, the envelope's format number, and the
   versions of packages. What is written is the newest form that all of them read.
2. The lowest of several floors is what every reader of every one of them reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Optional

from shelflife.dialects import ALL_NAMES
from shelflife.envelope import VERSION

OURS = "shelflife"
Version = tuple[int, ...]


class Bounds(NamedTuple):
    """Which versions of a package the readers have: from `low` on, below `high`; None for no end.

    Attributes:
        package: The top-level module, such as "numpy".
    """

    package: str
    low: Optional[Version]
    high: Optional[Version]

    def __str__(self) -> str:
        signs = (f">={_dotted(self.low)}" if self.low else "", f"<{_dotted(self.high)}")
        return self.package + ",".join(sign for sign in signs if sign and sign != "<")

    def joined(self, other: Bounds) -> Bounds:
        """Give bounds for the readers of both."""
        low = min(self.low, other.low) if self.low and other.low else None
        high = max(self.high, other.high) if self.high and other.high else None
        return Bounds(self.package, low, high)


@dataclass(frozen=True)
class Floor:
    """The oldest readers.

    Attributes:
        python: The oldest Python that may still read.
        dialects: What all of them read: "shelflife" and dialects of other libraries.
        format: The newest version of the envelope that all of them read.
        packages: Versions of packages that they have, by name.
    """

    python: tuple[int, int]
    dialects: frozenset[str] = frozenset((OURS,))
    format: int = VERSION
    packages: tuple[Bounds, ...] = ()

    @property
    def python_text(self) -> str:
        """The Python as text, such as "3.9"."""
        return _dotted(self.python)

    @property
    def writes(self) -> str:
        """The newest form that all of them read: "shelflife", a dialect, or "" if there is none."""
        if OURS in self.dialects:
            return OURS
        return min(self.dialects & ALL_NAMES, default="")

    def __str__(self) -> str:
        ours = [f"{OURS}>={self.format}"] if OURS in self.dialects else []
        others = sorted(self.dialects - {OURS})
        packages = [str(bounds).replace(",", f", {bounds.package}") for bounds in self.packages]
        return ", ".join([f"python>={self.python_text}", *ours, *others, *packages])


def lowest(floors: Iterable[Floor]) -> Floor:
    """Give what every reader of all these floors reads; its `dialects` may be empty.

    Raises:
        ValueError: If there is no floor.
    """
    all_ = list(floors)
    packages: dict[str, Bounds] = {}
    for floor in all_:
        for bounds in floor.packages:
            known = packages.get(bounds.package)
            packages[bounds.package] = bounds if known is None else known.joined(bounds)
    return Floor(
        min(floor.python for floor in all_),
        frozenset.intersection(*(floor.dialects for floor in all_)),
        min(floor.format for floor in all_),
        tuple(packages[name] for name in sorted(packages)),
    )


def _dotted(version: Optional[Version]) -> str:
    return ".".join(map(str, version or ()))
