"""Declared runtimes: a Python's version, judged from shipped tables without any interpreter.

Rules:
1. What is not of the standard library is unknown: only the real interpreter has its packages.
2. "missing" is said of a standard-library name only if the tables know its module, and know that
   this version lacks it; everything in doubt is unknown, such as what a class inherits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shelflife.errors import ConfigurationError
from shelflife.pickles.reader import Job, Name, Resolution, Trial
from shelflife.runtimes.tables import Module, shape_in, tables

_NOT_RUN = "a declared Python loads nothing: give NAME=COMMAND to try values on a real one"


class DeclaredRuntime:
    """A Python of which only the version is known; a `Reader`."""

    real = False

    def __init__(self, name: str, version: str) -> None:
        """Look a version up.

        Args:
            name: The target's name.
            version: Such as "3.12".

        Raises:
            ConfigurationError: There is no table for it.
        """
        self._tables = tables()
        versions = self._tables.versions
        if version not in versions:
            raise ConfigurationError(
                f"target python{version}: there is no table for it, only for "
                f"{', '.join(versions)}; give NAME=COMMAND to ask a real interpreter"
            )
        self.name = name
        self._version = version
        self._bit = 1 << versions.index(version)
        # what is not known to be missing from the newest, whose table has gaps
        self._unsure = 1 << len(versions) if version == versions[-1] else 0

    @property
    def shown(self) -> str:
        """What it is."""
        return f"Python {self._version} (declared)"

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version."""
        major, minor = self._version.split(".")
        return int(major), int(minor)

    @property
    def default_protocol(self) -> int:
        """What `pickle.dumps` writes there."""
        return self._tables.protocols[self._version][0]

    @property
    def highest_protocol(self) -> int:
        """The newest that it reads."""
        return self._tables.protocols[self._version][1]

    @property
    def packages(self) -> Mapping[str, str]:
        """Nothing is known of them."""
        return {}

    @property
    def protections(self) -> Sequence[str]:
        """None is needed."""
        return ()

    def resolve(self, names: Iterable[Name]) -> Mapping[Name, Resolution]:
        """Look names up."""
        return {name: self._resolve(name) for name in names}

    def attempt(self, jobs: Sequence[Job]) -> Sequence[Trial]:
        """Nothing can be loaded."""
        return [Trial("not-run", detail=_NOT_RUN) for _ in jobs]

    def close(self) -> None:
        """Nothing was started."""

    def _resolve(self, name: Name) -> Resolution:
        module, qualname = name.module, name.qualname
        if name.declared < 3 and self._version != "2.7":
            module, qualname = self._tables.renamed(self._version, module, qualname)
        if module == "__main__":
            return Resolution("unknown", "it is defined in whatever program wrote it")
        if module.partition(".")[0] not in self._tables.tops:
            return Resolution("unknown", f"only a real runtime can tell whether it has {module}")
        table = self._tables.module(module)
        if table is None or not table.mask:
            return Resolution("unknown", f"the tables know nothing of {module}")
        if not table.mask & self._bit:
            if table.mask & self._unsure or table.listed & self._bit:
                return Resolution("unknown", f"the table of Python {self._version} has no {module}")
            return Resolution("missing", f"{module} exists {self._tables.those(table.mask)}")
        return self._name_in(table, module, qualname, name.declared)

    def _name_in(self, table: Module, module: str, qualname: str, declared: int) -> Resolution:
        mask = table.names.get(qualname, 0)
        if "." in qualname and (declared < 4 or self._version == "2.7"):
            return Resolution("missing", f"{module}.{qualname} needs a pickle of protocol 4")
        if mask & self._bit:
            shape = shape_in(table, qualname, self._bit)
            return Resolution("found", "", shape.plain, shape.call, shape.new)
        doubt = self._doubt(table, module, qualname)
        if doubt:
            return Resolution("unknown", doubt)
        if mask:
            return Resolution("missing", f"{module}.{qualname} exists {self._tables.those(mask)}")
        return Resolution("missing", f"{module} has no {qualname} in any Python")

    def _doubt(self, table: Module, module: str, qualname: str) -> str:
        """Say why a name that is not in the table might be there all the same."""
        full = f"{module}.{qualname}"
        if table.names.get(qualname, 0) & self._unsure:
            return f"the table of Python {self._version} has no {full}"
        outer, dot, _ = qualname.partition(".")
        if dot and table.names.get(outer, 0) & (self._bit | self._unsure):
            return f"the tables do not tell what {full} inherits"
        below = self._tables.module(full)
        if below is not None and below.listed & self._bit:
            return f"{full} is there if anything has imported it"
        return ""
