"""Runs: a plan, an execution that can be resumed, and an undo; from a URL to a result.

Rules:
1. What stops a run on the way is part of its result: what was done until then is counted, and is in
   the journal. What keeps it from beginning is raised.
2. A batch whose outcome is in doubt is settled before anything else is done with a journal.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

from shelflife.errors import ConfigurationError, ServerError
from shelflife.live.health import Health
from shelflife.live.repair.action import Action
from shelflife.live.repair.coordinator import Coordinator, Performer
from shelflife.live.repair.execution import Execution, Step, no_step
from shelflife.live.repair.identity import check_plan, check_servers, cursors_of_this_run
from shelflife.live.repair.journal import Journal, has_begun
from shelflife.live.repair.planning import Plan
from shelflife.live.repair.resuming import replay, settle
from shelflife.live.repair.scan import RepairScan, open_scan
from shelflife.live.repair.selection import Selection
from shelflife.live.repair.summary import Summary
from shelflife.live.repair.undo import Undo
from shelflife.live.repair.verifying import verify
from shelflife.live.stopping import Stopped, Stopping
from shelflife.live.throttle import Critical, Gentleness, Throttle
from shelflife.stores.changer import Changer
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


def make_plan(task: Task, watch: Watch) -> Result:
    """Say what would be done. Changes nothing.

    Raises:
        ServerError: The cache cannot be read.
        WouldDisturb: Reading would count as use, and that was not accepted.
    """
    result = Result(Summary(task.selection.prefix))
    performer = Plan(result.summary)
    with open_scan(task.url, task.selection.prefix, accept_touch=task.accept_touch) as scan:
        _name_source(result, scan)
        _go_through(task, watch, result, scan, performer)
    result.journal_size = performer.journal_size
    return result


def execute(
    task: Task,
    watch: Watch,
    gentleness: Gentleness,
    journal_file: Path,
    *,
    resume: bool = False,
    same_server: bool = False,
) -> Result:
    """Do it: what a journal holds already is not done again.

    Raises:
        ConfigurationError: The journal is of something else, or cannot be written.
        ServerError: The cache cannot be read.
        WouldDisturb: Reading would count as use, and that was not accepted.
    """
    result = Result(Summary(task.selection.prefix))
    with ExitStack() as stack:
        changer = stack.enter_context(Changer(task.url, on_step=watch.on_step))
        scan = stack.enter_context(
            open_scan(task.url, task.selection.prefix, accept_touch=task.accept_touch)
        )
        _name_source(result, scan)
        _check_role(scan)
        throttle = stack.enter_context(_throttle(task.url, gentleness, watch))
        if resume and has_begun(journal_file):
            journal = stack.enter_context(Journal.open(journal_file))
            check_plan(journal.header, _plan_of(task))
            if not same_server:
                check_servers(journal.header, scan.shown, scan.run_ids)
            is_through, cursors = _catch_up(task, journal, changer, scan, result.summary)
        else:
            journal = stack.enter_context(Journal.create(journal_file, _header(task, scan)))
            is_through, cursors = False, {}
        performer = Execution(journal, changer, throttle, result.summary, watch.on_step, cursors)
        if not is_through:
            scan.go_on_from(cursors)
            _go_through(task, watch, result, scan, performer)
            if not result.stopped:
                performer.finish()
                watch.say("checking a sample again")
                result.verify = _verify(task, changer, performer)
        _end(result, journal, throttle)
    return result


def _catch_up(
    task: Task, journal: Journal, changer: Changer, scan: RepairScan, summary: Summary
) -> tuple[bool, dict[str, Any]]:
    """Bring a journal and the summary up to date: whether all is done, and where to go on."""
    settle(journal, changer)
    position = replay(journal, summary, task.reads)
    if position.undone:
        raise ConfigurationError(f"journal {journal.path} has been undone: begin another one")
    cursors = cursors_of_this_run(position.cursors, position.run_ids, scan.run_ids)
    if not (position.finished or cursors):
        summary.begin_anew()
    return position.finished, cursors


def undo(
    url: str,
    journal_file: Path,
    watch: Watch,
    gentleness: Optional[Gentleness],
    *,
    same_server: bool = False,
) -> Result:
    """Take back what a journal holds; without a gentleness, say what would be taken back.

    Raises:
        ConfigurationError: It is no journal, or of another server.
        ServerError: The cache cannot be read.
    """
    with ExitStack() as stack:
        journal = stack.enter_context(Journal.open(journal_file))
        plan: Mapping[str, Any] = journal.header.get("plan", {})
        result = Result(Summary(str(plan.get("prefix") or "")))
        changer = stack.enter_context(Changer(url, on_step=watch.on_step))
        scan = stack.enter_context(open_scan(url, "", accept_touch=True))
        _name_source(result, scan)
        if not same_server:
            check_servers(journal.header, scan.shown, scan.run_ids)
        settle(journal, changer)
        throttle: Optional[Throttle] = None
        if gentleness is not None:
            _check_role(scan)
            throttle = stack.enter_context(_throttle(url, gentleness, watch))
        reads = plan.get("reads")
        task = Undo(journal, changer, result.summary, throttle, reads, watch.on_step)
        begun = time.monotonic()
        with _stops(result):
            task.run(lambda done: watch.progress(done, journal.batches))
        result.seconds = time.monotonic() - begun
        _end(result, journal, throttle)
    return result


@contextmanager
def _stops(result: Result) -> Iterator[None]:
    """Turn what stops a run on the way into a part of its result."""
    try:
        yield
    except (Critical, Stopped) as error:
        result.stopped = str(error)
    except ServerError as error:
        result.stopped = f"the cache failed or refused: {error}"
    except OSError as error:
        result.stopped = f"the journal cannot be written: {error.strerror}"


def _go_through(
    task: Task, watch: Watch, result: Result, scan: RepairScan, performer: Performer
) -> None:
    coordinator = Coordinator(
        task.action, task.selection, task.judge, task.reads, result.summary, performer
    )

    def progress(keys: int) -> None:
        watch.progress(keys, scan.total)
        watch.stopping.check()

    begun = time.monotonic()
    with _stops(result):
        coordinator.run(scan, progress)
    result.seconds = time.monotonic() - begun


def _verify(task: Task, changer: Changer, performer: Execution) -> Optional[dict[str, Any]]:
    if not performer.sample:
        return None
    try:
        return verify(changer, performer.sample, task.action, task.judge, task.reads)
    except ServerError:
        return None  # what was done is done; the report says that nothing was checked


def _name_source(result: Result, scan: RepairScan) -> None:
    result.source, result.server = scan.shown, scan.server


def _check_role(scan: RepairScan) -> None:
    if scan.is_replica:
        raise ConfigurationError(
            f"{scan.shown} is a replica, which takes no writes: name its primary"
        )


def _throttle(url: str, gentleness: Gentleness, watch: Watch) -> Throttle:
    return Throttle(gentleness, Health(url), watch.stopping, watch.say)


def _plan_of(task: Task) -> dict[str, Any]:
    """Give the plan as a journal's header has it: JSON knows no tuples."""
    plan = {"action": task.action.name, **task.plan}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in plan.items()}


def _header(task: Task, scan: RepairScan) -> dict[str, Any]:
    return {
        "url": scan.shown,
        "run_ids": dict(scan.run_ids),
        "started_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "plan": _plan_of(task),
    }


def _end(result: Result, journal: Journal, throttle: Optional[Throttle]) -> None:
    result.journal, result.journal_size = journal.path, journal.size
    if throttle is not None:
        result.paused = dict(throttle.why)
