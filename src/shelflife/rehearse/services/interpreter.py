"""The Python that a release of the plan names."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Optional

from shelflife.rehearse.plan import ReleasePlan
from shelflife.rehearse.trouble import CannotRehearse
from shelflife.runtimes.interpreters import Interpreter, find_named, find_series

_SERIES = re.compile(r"(?:python)?([23]\.\d{1,2})\Z")


def find_interpreter(release: ReleasePlan) -> Optional[Interpreter]:
    """Give the interpreter of a release; None if the plan names none.

    Raises:
        CannotRehearse: If it is not on this machine.
    """
    named = release.python
    if named is None:
        return None
    if named == "this":
        version = ".".join(map(str, sys.version_info[:3]))
        return Interpreter(Path(sys.executable).absolute(), version)
    series = _SERIES.match(named)
    found = find_series(series[1]) if series else find_named(named)
    if found is None:
        places = "on PATH, in pyenv or in uv" if series else "there"
        raise CannotRehearse(
            f"[{release.name}] python = {named!r}: no such Python {places}; install it, or name "
            'another one: a version such as "3.8", a path, or "this"'
        )
    return found
