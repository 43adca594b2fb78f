"""An operation, and a process that carries it out until it kills itself at a given step.

Run with one argument, JSON: `operation`, `url`, `journal`, and of `undo`, `resume`, `step`, `at`
what applies. It says "begun" when it begins, and then "done", if it comes to that.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

from shelflife.live.repair.conversion import Converter
from shelflife.live.repair.convert import Convert
from shelflife.live.repair.purge import Purge
from shelflife.live.repair.running import execute, undo
from shelflife.live.repair.selection import Selection
from shelflife.live.repair.task import Result, Task, Watch
from shelflife.live.throttle import Gentleness

OPERATIONS = ("convert", "purge")
STEPS = (
    *("journal written", "fsynced", "sent", "read", "outcomes written", "checkpoint"),
    "finished",
)
UNDO_STEPS = ("sent", "read", "undo written")
SMALL = Gentleness(batch_seconds=1e-9)  # a first batch of 32, then batches of one

Step = Callable[[str], None]


def make_task(operation: str, url: str) -> Task:
    """Convert to what 2.7 reads, or remove."""
    selection = Selection(prefix="api:")
    if operation == "purge":
        return Task(url, Purge(), selection)
    action = Convert(Converter("werkzeug", "2.7"), [], "static", unread=True)
    return Task(url, action, selection)


def forward(operation: str, url: str, journal: Path, watch: Watch, *, resume: bool) -> Result:
    """Carry out an operation."""
    return execute(make_task(operation, url), watch, SMALL, journal, resume=resume)


def back(url: str, journal: Path, watch: Watch) -> Result:
    """Take it back."""
    return undo(url, journal, watch, SMALL)


def start(**given: Any) -> subprocess.Popen[bytes]:
    """Start such a process."""
    words = [sys.executable, __file__, json.dumps(given, default=str)]
    return subprocess.Popen(words, stdout=subprocess.PIPE)


def run(**given: Any) -> bool:
    """Run such a process: whether it came to its end. Fails if it ended in any third way."""
    with start(**given) as process:
        said = process.stdout.read() if process.stdout is not None else b""
        code = process.wait(60)
    assert (code, said) in ((0, b"begun\ndone\n"), (-signal.SIGKILL, b"begun\n")), (code, said)
    return code == 0


def _die_at(step: str, at: int) -> Step:
    seen = 0

    def on_step(name: str) -> None:
        nonlocal seen
        seen += name == step or not step
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return on_step


def _main() -> None:
    given = json.loads(sys.argv[1])
    watch = Watch(on_step=_die_at(given.get("step", ""), given.get("at", 0)))
    journal = Path(given["journal"])
    print("begun", flush=True)
    if given.get("undo"):
        result = back(given["url"], journal, watch)
    else:
        resume = given.get("resume", False)
        result = forward(given["operation"], given["url"], journal, watch, resume=resume)
    assert not result.stopped, result.stopped
    print("done", flush=True)


if __name__ == "__main__":
    _main()
