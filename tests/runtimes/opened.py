"""Targets for these tests: real interpreters, with and without what the system can protect with."""

from __future__ import annotations

import functools
import pickle
import shlex
from typing import Any, Callable

from conftest import python
from shelflife.pickles.reader import Job, Reader, Trial
from shelflife.runtimes import open_target

# every way out of the machine's name spaces is barred, as on a system that grants none
_BARRED = "import sys, ctypes; ctypes.CDLL = None; exec(compile(sys.stdin.read(), '<>', 'exec'))"


@functools.cache
def target(version: str) -> Reader:
    """A real interpreter, once a session."""
    return open_target(f"py{version}={python(version)}", timeout=60)


@functools.cache
def barred_target(version: str) -> Reader:
    """The same on a system that grants no name spaces."""
    command = shlex.join([python(version), "-c", _BARRED])
    return open_target(f"barred{version}={command}", timeout=60, limit=2)


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


def running(source: str) -> Job:
    """A pickle that runs an expression when it is loaded."""
    return Job(pickle.dumps(Call(eval, source), 2))


def tried(reader: Reader, *jobs: Job) -> list[Trial]:
    """What becomes of jobs, with a harmless one behind them that must not suffer."""
    *trials, last = reader.attempt([*jobs, Job(pickle.dumps({"still": "alive"}, 2))])
    assert last.status == "loaded"
    return trials
