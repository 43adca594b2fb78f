"""What a rule is given, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, NamedTuple, Optional

from shelflife.pickles.facts import Facts
from shelflife.pickles.reader import Name, Reader, Resolution


class Evidence(NamedTuple):
    """One pickle and one reader.

    Attributes:
        facts: What the walker found.
        size: The length of the payload.
        reader: The runtime.
        loader: The loader of the dialect's reader: "cPickle", "pickle" or "joblib".
        resolutions: What the reader says of the names; None if it has not been asked.
    """

    facts: Facts
    size: int
    reader: Reader
    loader: str
    resolutions: Optional[Mapping[Name, Resolution]]

    def resolution(self, module: str, qualname: str) -> Optional[Resolution]:
        """What the reader says of a name of this pickle; None if it has not been asked."""
        if self.resolutions is None:
            return None
        return self.resolutions.get(Name(module, qualname, self.facts.declared))


class Finding(NamedTuple):
    """What a rule found.

    Attributes:
        verdict: "fails", "unknown"; or "reads" for a remark.
        reason: A `Reason`, or "".
        stage: "static" or "resolve": what had to be asked for it.
        detail: A sentence.
    """

    verdict: str
    reason: str = ""
    stage: str = "static"
    detail: str = ""


Rule = Callable[[Evidence], Optional[Finding]]


def python(reader: Reader) -> str:
    """Name a reader's Python: "Python 2.7"."""
    return f"Python {reader.version[0]}.{reader.version[1]}"
