"""When two names of two Pythons are the same class or function.

Rules:
1. Python 2's names are taken for what Python 3 calls them.
2. A name is known by its top-level package: what moves below it stays the same thing, and private
   twins (`_decimal`, `_pydatetime`) are what they implement.
3. Built-in exceptions that became one (`IOError`, `socket.timeout`) are one.
"""

from __future__ import annotations

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING, PYTHON3_OSERROR_EXCEPTIONS
from collections import abc
from collections.abc import Sequence

_TOPS = {
    "posix": "os",
    "nt": "os",
    "sre": "re",
    "exceptions": "builtins",
    "__builtin__": "builtins",
    "collections_abc": "collections",
    "abcoll": "collections",
    "cPickle": "pickle",
    "cStringIO": "io",
    "StringIO": "io",
    "elementtree": "xml",
    "struct_sequence": "os",
}
_ABSTRACT = frozenset(abc.__all__)
_OS_ERROR = ("builtins", "OSError")
_TIMEOUT = ("builtins", "TimeoutError")
_SAME = {
    ("builtins", "IOError"): _OS_ERROR,
    ("builtins", "EnvironmentError"): _OS_ERROR,
    ("builtins", "WindowsError"): _OS_ERROR,
    ("socket", "error"): _OS_ERROR,
    ("select", "error"): _OS_ERROR,
    ("socket", "timeout"): _TIMEOUT,
    ("asyncio", "TimeoutError"): _TIMEOUT,
    ("concurrent", "TimeoutError"): _TIMEOUT,
    ("ssl", "CertificateError"): ("ssl", "SSLCertVerificationError"),
    ("builtins", "ContextVar"): ("contextvars", "ContextVar"),
    ("re", "SRE_Pattern"): ("re", "Pattern"),
    ("builtins", "instancemethod"): ("builtins", "method"),
    ("builtins", "xrange"): ("builtins", "range"),
}
for _name in ("List", "Dict", "Set", "Tuple", "Type"):
    _SAME["typing", _name] = ("builtins", _name.lower())
for _name in (
    *("GenericMeta", "TupleMeta", "CallableMeta", "_Union", "Union", "UnionType"),
    *("GenericAlias", "_GenericAlias", "_UnionGenericAlias", "_CallableGenericAlias"),
    "_LiteralGenericAlias",
):
    _SAME["typing", _name] = _SAME["types", _name] = ("typing", "a generic")
_SAME["typing", "FrozenSet"] = ("builtins", "frozenset")


class Names:
    """What the names of two sides stand for."""

    def __init__(self, one: Sequence[int], two: Sequence[int]) -> None:
        """Prepare for two versions of Python."""
        self.old = (one[0] == 2, two[0] == 2)
        self._known: tuple[dict[tuple[str, str], tuple[str, str]], ...] = ({}, {})

    def of(self, side: int, module: str, qualname: str = "") -> tuple[str, str]:
        """Give what a name of a side (0 or 1) stands for."""
        known = self._known[side]
        found = known.get((module, qualname))
        if found is None:
            found = known[module, qualname] = self._find(side, module, qualname)
        return found

    def same(self, one: Sequence[str], two: Sequence[str]) -> bool:
        """Whether a global of the one side is the other side's."""
        before, after = self.of(0, *one), self.of(1, *two)
        if before == after:
            return True
        # Python 2's `str` is called `bytes` there as well
        return any(self.old) and {before, after} == {("builtins", "str"), ("builtins", "bytes")}

    def _find(self, side: int, module: str, qualname: str) -> tuple[str, str]:
        if self.old[side]:
            renamed = NAME_MAPPING.get((module, qualname))
            module, qualname = renamed or (IMPORT_MAPPING.get(module, module), qualname)
        top = module.partition(".")[0]
        if top != "__builtin__":
            top = top[3:] if top.startswith("_py") else top.lstrip("_")
        found = (_TOPS.get(top, top), qualname)
        if top == "typing" and qualname in _ABSTRACT:
            found = ("collections", qualname)
        found = _SAME.get(found, found)
        return self._as_old(*found) if any(self.old) else found

    @staticmethod
    def _as_old(module: str, qualname: str) -> tuple[str, str]:
        """Leave out what Python 2 does not tell apart."""
        if module == "builtins" and qualname in PYTHON3_OSERROR_EXCEPTIONS:
            return _OS_ERROR
        if module == "builtins" and qualname.endswith("iterator"):
            qualname = qualname.replace("_", "")
        return module, qualname.rpartition(".")[2]
