"""What a user says of a floor: `"2.7"`, `"python>=3.8, werkzeug"`, `["numpy<2"]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Optional, Union

from shelflife.codecs.pickle import parse_floor as parse_python
from shelflife.dialects import DIALECTS, short_name
from shelflife.envelope import VERSION
from shelflife.errors import ConfigurationError
from shelflife.floors.floor import OURS, Bounds, Floor
from shelflife.floors.packages import PACKAGES

FloorSpec = Union[str, Iterable[str], Floor]

_BARE = re.compile(r"[0-9]+(\.[0-9]+)+")
_TERM = re.compile(
    r"([A-Za-z][A-Za-z0-9_.:+-]*)\s*(?:(>=|<|<=|==|>|!=|~=)\s*([0-9]{1,9}(?:\.[0-9]{1,9}){0,7}))?"
)
_OLDEST_OF_OURS = (3, 9)
_TERMS = "a Python (2.7, python>=3.8), a dialect (werkzeug), shelflife>=1, or a package (numpy<2)"


def parse_floor(spec: FloorSpec, dialects: Iterable[str] = ()) -> Floor:
    """Give the floor that a user means.

    Args:
        spec: Terms, as one text with commas or one by one.
        dialects: What the readers read if the terms name no dialect; shelflife's own entries
            without it.

    Raises:
        ConfigurationError: If a term is none, contradicts another, or asks for what is not known.
    """
    if isinstance(spec, Floor):
        return spec
    found = _Found()
    for term in _terms(spec):
        found.take(term)
    named = frozenset(found.dialects) or frozenset(dialects) or frozenset((OURS,))
    python = found.python or (_OLDEST_OF_OURS if OURS in named else None)
    if python is None:
        raise ConfigurationError(
            f"floor {spec!r} names no Python: say the oldest that reads, as in "
            f'"{next(iter(sorted(named)))}, python>=2.7"'
        )
    packages = tuple(Bounds(name, *found.packages[name]) for name in sorted(found.packages))
    return Floor(python, named, VERSION if found.format is None else found.format, packages)


def names_ours(spec: FloorSpec) -> bool:
    """Whether a floor says itself that its readers read entries of shelflife."""
    if isinstance(spec, Floor):
        return OURS in spec.dialects
    return any(term.startswith(OURS) for term in _terms(spec))


def _terms(spec: Union[str, Iterable[str]]) -> list[str]:
    if not isinstance(spec, str):
        try:
            spec = ",".join(spec)
        except TypeError:
            raise ConfigurationError(f"floor takes text: {_TERMS}") from None
    terms = [term.strip() for term in spec.split(",")]
    if not all(terms):
        raise ConfigurationError(f"floor {spec!r} is empty, or a part of it: it takes {_TERMS}")
    return terms


class _Found:
    """The terms so far."""

    def __init__(self) -> None:
        self.python: Optional[tuple[int, int]] = None
        self.dialects: set[str] = set()
        self.format: Optional[int] = None
        self.packages: dict[str, tuple[Optional[tuple[int, ...]], Optional[tuple[int, ...]]]] = {}

    def take(self, term: str) -> None:
        """Add a term."""
        if _BARE.fullmatch(term):
            self._take_python(term)
            return
        match = _TERM.fullmatch(term)
        if match is None:
            raise ConfigurationError(f"floor {term!r} is none: it takes {_TERMS}")
        name, sign, version = match[1], match[2] or "", match[3] or ""
        if name == "python":
            self._expect(term, sign, ">=")
            self._take_python(version)
        elif name == OURS:
            self._take_ours(term, sign, version)
        elif name.partition(":")[0] in DIALECTS:
            self._expect(term, sign, "")
            self.dialects.add(short_name(name))
        else:
            self._take_package(term, name, sign, version)

    def _take_python(self, version: str) -> None:
        python = parse_python(version)
        if self.python not in (None, python):
            raise ConfigurationError(f"two floors for Python: {self.python} and {python}; say one")
        self.python = python

    def _take_ours(self, term: str, sign: str, version: str) -> None:
        if sign:
            self._expect(term, sign, ">=")
            if "." in version or not 1 <= int(version) <= VERSION:
                raise ConfigurationError(
                    f"floor {term!r}: this release knows the formats 1 to {VERSION} of its entries"
                )
            self.format = int(version)
        self.dialects.add(OURS)

    def _take_package(self, term: str, name: str, sign: str, version: str) -> None:
        if name not in PACKAGES:
            known = ", ".join([*DIALECTS, OURS, *sorted(PACKAGES)])
            raise ConfigurationError(
                f"floor {term!r}: nothing is known of {name}; a floor takes Pythons (2.7, "
                f"python>=3.8) and {known}"
            )
        if sign not in (">=", "<"):
            raise ConfigurationError(f"floor {term!r}: a package takes >= and <, as in {name}<2")
        low, high = self.packages.get(name, (None, None))
        numbers = tuple(map(int, version.split(".")))
        taken = low if sign == ">=" else high
        if taken not in (None, numbers):
            raise ConfigurationError(f"floor {term!r} contradicts another one for {name}")
        low, high = (numbers, high) if sign == ">=" else (low, numbers)
        if low and high and low >= high:
            raise ConfigurationError(f"floor {term!r}: no version of {name} is within both bounds")
        self.packages[name] = (low, high)

    @staticmethod
    def _expect(term: str, sign: str, wanted: str) -> None:
        if sign != wanted:
            name = re.split(r"[^A-Za-z]", term, maxsplit=1)[0]
            example = f"{name}>=3.8" if name == "python" else f"{name}{wanted and '>=1'}"
            raise ConfigurationError(f"floor {term!r}: write it {example}")
