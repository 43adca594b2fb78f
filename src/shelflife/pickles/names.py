"""Which names a pickle may refer to.

Rules:
1. A name is exact (`app.models.Article`) or stands for a module and all below it
   (`app.models.*`), of which only what is defined there is allowed, not what it imports.
2. The default list holds what `safe` builds and nothing else.
"""

from __future__ import annotations

import os
import re
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Union

from shelflife.errors import ConfigurationError
from shelflife.pickles.safe import SAFE

Resolve = Callable[[str, str], Any]
"""Gives the object of a module and qualified name; raises LookupError if there is none."""

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+|[^\W\d]\w*(\.[^\W\d]\w*)*\.\*")


def canonical(module: str, qualname: str, protocol: int) -> tuple[str, str]:
    """Give Python 3's name for what a pickle calls so (Python 2's names, below protocol 3)."""
    if protocol >= 3:
        return module, qualname
    renamed = NAME_MAPPING.get((module, qualname))
    if renamed is not None:
        return renamed
    return IMPORT_MAPPING.get(module, module), qualname


@dataclass(frozen=True)
class AllowList:
    """The names that pickles may refer to; immutable.

    Attributes:
        names: Exact full names: `app.models.Article`.
        modules: Modules of which everything is allowed that is defined in them or below.
    """

    names: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()

    @classmethod
    def default(cls) -> AllowList:
        """Give the list of the standard library's safe value types."""
        return cls(frozenset(SAFE))

    @classmethod
    def from_file(cls, path: Union[str, os.PathLike[str]]) -> AllowList:
        """Give the default list and the names in a file.

        Args:
            path: A text file with one name a line; `#` begins a comment.

        Raises:
            ConfigurationError: The file cannot be read, or a line is no name.
        """
        try:
            lines = Path(path).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"allow list {path}: cannot be read: {error}") from error
        found = []
        for number, line in enumerate(lines, 1):
            name = line.partition("#")[0].strip()
            if name and not _NAME.fullmatch(name):
                raise ConfigurationError(f"allow list {path}, line {number}: {_complaint(name)}")
            if name:
                found.append(name)
        return cls.default().extended(found)

    def extended(self, names: Iterable[str]) -> AllowList:
        """Give a list that allows these names as well.

        Args:
            names: Exact names (`app.models.Article`) or modules (`app.models.*`).

        Raises:
            ConfigurationError: One of them is no name.
        """
        if isinstance(names, str) or not isinstance(names, Iterable):
            what = "the text " if isinstance(names, str) else ""
            raise ConfigurationError(f"allow takes a list of names, not {what}{names!r}")
        exact, modules = set(self.names), set(self.modules)
        for name in names:
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise ConfigurationError(_complaint(name))
            if name.endswith(".*"):
                modules.add(name[:-2])
            else:
                exact.add(name)
        return AllowList(frozenset(exact), frozenset(modules))

    def permits(self, module: str, qualname: str) -> bool:
        """Whether a (canonical) name is allowed; by `modules`, only if it is defined there."""
        return self.permits_exactly(module, qualname) or self.permits_module(module)

    def permits_exactly(self, module: str, qualname: str) -> bool:
        """Whether a name is allowed by itself."""
        return f"{module}.{qualname}" in self.names

    def permits_module(self, module: str) -> bool:
        """Whether everything that is defined in a module is allowed."""
        if not self.modules:
            return False
        parts = module.split(".")
        return any(".".join(parts[:n]) in self.modules for n in range(1, len(parts) + 1))


def _complaint(name: object) -> str:
    return f"{name!r} is neither a name (`app.models.Article`) nor a module's (`app.models.*`)"
