"""Rehearses the plan that is named, tells its phases, and how it was interrupted."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from rehearse.rehearsing import Heard, open_cache
from shelflife.rehearse.plan import read_plan
from shelflife.rehearse.rehearsal import Rehearsal
from shelflife.rehearse.settings import Settings


class _Loud(Heard):
    def phase(self, name: str, total: int) -> None:
        print(f"phase {name}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rehearsal = Rehearsal(read_plan(Path(sys.argv[1])), Settings(seed=7), open_cache, _Loud())
    try:
        rehearsal.run()
    except KeyboardInterrupt:
        assert rehearsal.outcome is not None
        print(rehearsal.outcome.partial, flush=True)
        sys.exit(130)
