"""Runs: a plan, an execution that can be resumed, and an undo; from a URL to a result.

Rules:
1. What stops a run on the way is part of its result: what was done until then is counted, and is in
   the journal. What keeps it from beginning is raised.
2. A batch whose outcome is in doubt is settled before anything else is done with a journal.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

from shelflife.errors import ConfigurationError, ServerError
from shelflife.live.health import Health
from shelflife.live.repair.coordinator import Coordinator, Performer
from shelflife.live.repair.execution import Execution
from shelflife.live.repair.identity import check_plan, check_servers, cursors_of_this_run
from shelflife.live.repair.journal import Journal
from shelflife.live.repair.journal_header import has_begun
from shelflife.live.repair.planning import Plan
from shelflife.live.repair.resuming import replay, settle
from shelflife.live.repair.scan import RepairScan, open_scan
from shelflife.live.repair.summary import Summary
from shelflife.live.repair.task import Result, Task, Watch
from shelflife.live.repair.undo import Undo
from shelflife.live.repair.verifying import verify
from shelflife.live.stopping import Stopped
from shelflife.live.throttle import MOST, Critical, Gentleness, Throttle
from shelflife.stores.changer import Changer
from shelflife.stores.topology import open_topology


def make_plan(task: Task, watch: Watch, batch: int = MOST) -> Result:
    """Say what would be done. Changes nothing.

    Args:
        task: What.
        watch: Who watches.
        batch: How many entries a batch would have at most, for the size of the journal.

    Raises:
        ServerError: The cache cannot be read.
        WouldDisturb: Reading would count as use, and that was not accepted.
    """
    result = Result(Summary(task.selection.prefix))
    performer = Plan(result.summary, batch)
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
        is_through, cursors = False, dict[str, Any]()
        if resume and has_begun(journal_file):
            journal = stack.enter_context(Journal.open(journal_file))
            check_plan(journal.header, _plan_of(task))
            if not same_server:
                check_servers(journal.header, scan.shown, scan.run_ids, changer.database)
            is_through, cursors = _catch_up(task, journal, changer, scan, result.summary)
        else:
            header = _header(task, scan, changer)
            journal = stack.enter_context(Journal.create(journal_file, header))
        performer = Execution(journal, changer, throttle, result.summary, watch.on_step, cursors)
        if not is_through:
            scan.go_on_from(cursors)
            _go_through(task, watch, result, scan, performer, changer.clock_offset())
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
    settle(journal, changer, changer.clock_offset())
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
        is_plan = gentleness is None
        journal = stack.enter_context(Journal.open(journal_file, read_only=is_plan))
        plan: Mapping[str, Any] = journal.header.get("plan", {})
        result = Result(Summary(str(plan.get("prefix") or "")))
        changer = stack.enter_context(Changer(url, on_step=watch.on_step))
        scan = stack.enter_context(open_scan(url, "", accept_touch=True))
        _name_source(result, scan)
        if not same_server:
            check_servers(journal.header, scan.shown, scan.run_ids, changer.database)
        clock = changer.clock_offset()
        settle(journal, changer, clock)
        throttle: Optional[Throttle] = None
        if gentleness is not None:
            _check_role(scan)
            throttle = stack.enter_context(_throttle(url, gentleness, watch))
        reads = plan.get("reads")
        task = Undo(journal, changer, result.summary, throttle, reads, watch.on_step, clock)

        def progress(done: int) -> None:
            watch.progress(done, journal.batches)
            watch.stopping.check()

        begun = time.monotonic()
        with _stops(result):
            task.run(progress)
        result.seconds = time.monotonic() - begun
        _end(result, journal, throttle)
    return result


def shown_url(url: str) -> str:
    """Give a URL without its password, as a journal has it.

    Raises:
        ConfigurationError: If it cannot work.
    """
    return open_topology(url, {})[0].shown


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
    task: Task,
    watch: Watch,
    result: Result,
    scan: RepairScan,
    performer: Performer,
    clock: float = 0.0,
) -> None:
    coordinator = Coordinator(
        task.action, task.selection, task.judge, task.reads, result.summary, performer, clock
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


def _header(task: Task, scan: RepairScan, changer: Changer) -> dict[str, Any]:
    return {
        "url": scan.shown,
        "database": changer.database,
        "run_ids": dict(scan.run_ids),
        "started_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "plan": _plan_of(task),
    }


def _end(result: Result, journal: Journal, throttle: Optional[Throttle]) -> None:
    result.journal, result.journal_size = journal.path, journal.size
    if throttle is not None:
        result.paused = dict(throttle.why)
