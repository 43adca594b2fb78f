"""What a run is told, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from shelflife.live.repair.action import Action
from shelflife.live.repair.execution import Step, no_step
from shelflife.live.repair.selection import Selection
from shelflife.live.repair.summary import Summary
from shelflife.live.stopping import Stopping
from shelflife.verdicts import Judge

Say = Callable[[str], None]
Progress = Callable[[int, Optional[int]], None]


@dataclass(frozen=True)
class Task:
    """What is to be done to which entries.

    Attributes:
        url: The cache.
        action: What is to become of selected entries.
        selection: Which those are.
        judge: Gives the targets' verdicts; None without targets.
        reads: The dialect of the service's reader, if it was named.
        plan: The options that decide what is done, for the journal.
        accept_touch: Read even if that counts as use in a cache that evicts by use.
    """

    url: str
    action: Action
    selection: Selection
    judge: Optional[Judge] = None
    reads: Optional[str] = None
    plan: Mapping[str, Any] = field(default_factory=dict)
    accept_touch: bool = False


@dataclass
class Watch:
    """Who watches a run, and may stop it.

    Attributes:
        stopping: Whether somebody asked to stop, or to pause.
        say: Told what is being done, and why it pauses ("" when it goes on).
        progress: Told how many keys are through, and of how many if that is known.
        on_step: Told of each step, before the next; for tests of crashes.
    """

    stopping: Stopping = field(default_factory=Stopping)
    say: Say = lambda _: None
    progress: Progress = lambda _done, _of: None
    on_step: Step = no_step


@dataclass
class Result:
    """What came of a run.

    Attributes:
        summary: All counts.
        source: The cache, without its password.
        server: What it says it is.
        started_at: Seconds since the epoch.
        seconds: How long it took.
        journal: The journal's file; None if there is none.
        journal_size: Its bytes; for a plan, about how many it would have.
        verify: See `verify`; None if nothing was changed.
        paused: Seconds of pauses, by reason.
        stopped: Why it did not come to the end; "" if it did.
    """

    summary: Summary
    source: str = ""
    server: str = ""
    started_at: float = field(default_factory=time.time)
    seconds: float = 0.0
    journal: Optional[Path] = None
    journal_size: int = 0
    verify: Optional[dict[str, Any]] = None
    paused: Mapping[str, float] = field(default_factory=dict)
    stopped: str = ""
