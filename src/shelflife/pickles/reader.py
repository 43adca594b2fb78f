"""What rules and engine ask of a reader of pickles: one runtime, with the packages it can import.

`shelflife.runtimes` has the two kinds: declared ones answer from shipped tables, real ones by
running the interpreter. Nothing here does either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional, Protocol

ANY = (0, -1)


class Name(NamedTuple):
    """A global name as a pickle spells it.

    Attributes:
        declared: The protocol the pickle declares (0 if none): below 3, Python 3 takes the names
            for Python 2's and renames them.
    """

    module: str
    qualname: str
    declared: int


class Resolution(NamedTuple):
    """What a runtime says of one name.

    Attributes:
        status: "found", "missing" or "unknown".
        detail: A sentence, if there is something to say.
        plain: A class whose instances are restored by `object`'s own machinery alone, so that
            what an entry's constants are cannot decide whether it loads.
        call: How many positional arguments a call takes, at least and at most (-1 for any).
        new: The same for its `__new__`, the class itself not counted.
    """

    status: str
    detail: str = ""
    plain: bool = False
    call: tuple[int, int] = ANY
    new: tuple[int, int] = ANY


class Job(NamedTuple):
    """One load to try.

    Attributes:
        payload: The pickle.
        loader: "pickle" (on Python 2.7 the slow one), "cPickle" (where there is one, else
            "pickle") or "joblib".
        rewrite: How to write the value again: "default", "highest" or a protocol's digit, each
            with the loader's own pickler; "" for not at all.
    """

    payload: bytes
    loader: str = "cPickle"
    rewrite: str = ""


class Trial(NamedTuple):
    """What became of a job.

    Attributes:
        status: "loaded", "raised", "died", "timeout", "over-budget" (memory, or a canonical form
            or a new pickle too large to hand over), or "not-run".
        error: The exception's type, such as "builtins.UnicodeDecodeError".
        detail: A sentence fit for a report: printable, bounded, none of the value in it.
        tree: The canonical form of the value, made of JSON's types (`docs/canonical.md`).
        rewritten: The value pickled again, if that was asked and worked.
        rewrite_error: Why it could not be pickled again.
    """

    status: str
    error: str = ""
    detail: str = ""
    tree: Any = None
    rewritten: Optional[bytes] = None
    rewrite_error: str = ""


class Reader(Protocol):
    """One runtime, as the rules and the engine see it."""

    @property
    def name(self) -> str:
        """The target's name, such as "old"."""

    @property
    def shown(self) -> str:
        """What it is, for people: "Python 2.7 (declared)" or "Python 3.8.18: /opt/python"."""

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version."""

    @property
    def real(self) -> bool:
        """Whether it is an interpreter that can be asked, rather than a table."""

    @property
    def default_protocol(self) -> int:
        """What `pickle.dumps` writes there; 0 on Python 2."""

    @property
    def highest_protocol(self) -> int:
        """The newest that it reads."""

    @property
    def packages(self) -> Mapping[str, str]:
        """Distributions (lower case) with their versions; empty if it is declared."""

    @property
    def protections(self) -> Sequence[str]:
        """Which protections held so far, for the report: "memory limited to 512 MiB", ..."""

    def resolve(self, names: Iterable[Name]) -> Mapping[Name, Resolution]:
        """Say for each name whether it is there. Never raises for a name's sake."""

    def attempt(self, jobs: Sequence[Job]) -> Sequence[Trial]:
        """Load each pickle in a disposable child; in the order of the jobs."""

    def close(self) -> None:
        """End what was started."""
