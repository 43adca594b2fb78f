"""The shipped tables: which standard-library names each Python resolves.

`tools/make_tables.py` makes them from real interpreters. In the file, versions are bits: a name is
listed under the bits of the versions that have it, and the bit above all stands for "the newest
version cannot be known to lack it" (its table is made from a build for WebAssembly).
"""

from __future__ import annotations

import functools
import gzip
import json
from importlib import resources
from typing import Any, NamedTuple, Optional

from shelflife.pickles.reader import ANY


class Shape(NamedTuple):
    """What calling a name takes, as `Resolution` has it."""

    plain: bool = False
    call: tuple[int, int] = ANY
    new: tuple[int, int] = ANY


class Module(NamedTuple):
    """One module in all versions.

    Attributes:
        mask: Which versions can import it.
        listed: Which versions have it, whether or not they could import it.
        names: Which versions have each of its names.
        shapes: What calls take, as runs of six numbers and a mask before them.
    """

    mask: int
    listed: int
    names: dict[str, int]
    shapes: dict[str, list[int]]


class Tables:
    """All tables, unpacked as they are asked for."""

    def __init__(self) -> None:
        """Read the file."""
        packed = resources.files("shelflife.runtimes").joinpath("tables.json.gz").read_bytes()
        found = json.loads(gzip.decompress(packed))
        self.versions: tuple[str, ...] = tuple(found["versions"])
        self.protocols: dict[str, list[int]] = dict(zip(self.versions, found["protocols"]))
        self._compat = found["compat"]
        self._packed: dict[str, list[Any]] = found["modules"]
        self._modules: dict[str, Module] = {}
        self.tops = frozenset(name.partition(".")[0] for name in self._packed)

    def module(self, name: str) -> Optional[Module]:
        """Give a module, if any version lists it."""
        found = self._modules.get(name)
        if found is None and name in self._packed:
            mask, listed, by_mask, shapes = self._packed[name]
            names = {part: int(bits) for bits, text in by_mask.items() for part in text.split()}
            found = self._modules[name] = Module(mask, listed, names, shapes)
        return found

    def renamed(self, version: str, module: str, qualname: str) -> tuple[str, str]:
        """Give what Python 3 takes a name of Python 2 for."""
        names, modules = _renaming(self._compat["other"].get(version, self._compat["newest"]))
        found = names.get((module, qualname))
        return found or (modules.get(module, module), qualname)

    def those(self, mask: int) -> str:
        """Say in words which versions a mask means."""
        versions = list(self.versions)
        if mask >> len(versions):
            mask |= 1 << (len(versions) - 1)
        having = [version for number, version in enumerate(versions) if mask >> number & 1]
        if having == versions[1:] or having == versions[:1]:
            return f"on Python {having[0][0]} only"  # the tables hold no more of Python 2
        first, last = having[0], having[-1]
        if having != versions[versions.index(first) :][: len(having)]:
            return f"in Python {', '.join(having)} only"
        if last == versions[-1]:
            return f"from Python {first} only"
        if first in versions[:2]:
            return f"up to Python {last} only"
        return f"in Python {first} only" if first == last else f"from Python {first} to {last} only"


_Renaming = tuple[dict[tuple[str, str], tuple[str, str]], dict[str, str]]
_KNOWN: dict[int, _Renaming] = {}


def _renaming(compat: dict[str, Any]) -> _Renaming:
    found = _KNOWN.get(id(compat))
    if found is None:
        names = {(old[0], old[1]): (new[0], new[1]) for old, new in compat["names"]}
        found = _KNOWN[id(compat)] = (names, dict(compat["modules"]))
    return found


def shape_in(module: Module, qualname: str, bit: int) -> Shape:
    """Give what calling a name takes in a version."""
    found = module.shapes.get(qualname, [])
    for start in range(0, len(found), 6):
        mask, plain, *numbers = found[start : start + 6]
        if mask & bit:
            return Shape(bool(plain), (numbers[0], numbers[1]), (numbers[2], numbers[3]))
    return Shape()


@functools.lru_cache(maxsize=1)
def tables() -> Tables:
    """Give the tables, read once."""
    return Tables()
