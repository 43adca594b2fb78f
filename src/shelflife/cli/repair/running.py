"""The way of convert and purge from options to a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, NamedTuple

import click

from shelflife.cli.progress import Bar, show_progress
from shelflife.cli.repair.options import gentleness_of
from shelflife.cli.repair.reporting import (
    check_files,
    default_journal,
    next_command,
    report_change,
)
from shelflife.cli.targets import open_targets
from shelflife.errors import ConfigurationError
from shelflife.live.repair.action import Action
from shelflife.live.repair.running import execute, make_plan
from shelflife.live.repair.selection import Selection
from shelflife.live.repair.task import Task, Watch
from shelflife.live.stopping import Stopping
from shelflife.live.throttle import most_at_a_time
from shelflife.pickles.reader import Reader
from shelflife.verdicts import Judge

_SELECTING = ("prefix", "dialects", "fails", "changed", "reasons", "no_ttl", "reads", "stage")


class Command(NamedTuple):
    """A command as it was given.

    Attributes:
        ctx: The command's context.
        url: The cache.
        given: Its options.
        selection: Which entries.
        make: Makes the action, once the targets are there.
        plan: Names of the action's own options that decide what is done.
        more: What else decides that: the contents of files.
    """

    ctx: click.Context
    url: str
    given: dict[str, Any]
    selection: Selection
    make: Callable[[Sequence[Reader]], Action]
    plan: tuple[str, ...]
    more: Mapping[str, Any] = {}


def run_command(command: Command, stack: ExitStack) -> int:
    """Plan or execute, and report; give the exit code."""
    given = command.given
    executes = given["execute"]
    journal = _journal_file(command)
    check_files(given["json_file"], journal if executes else None)
    bar = stack.enter_context(
        show_progress("reading and changing" if executes else "reading entries")
    )
    readers = open_targets(given, bar.say, stack)
    command.selection.check([reader.name for reader in readers], given["stage"])
    action = command.make(readers)
    task = _task(command, action, readers)
    watch = watch_with(bar, stack)
    if executes:
        result = execute(
            task,
            watch,
            gentleness_of(given),
            journal,
            resume=given["resume"],
            same_server=given["same_server"],
        )
    else:
        result = make_plan(task, watch, most_at_a_time(gentleness_of(given)))
    bar.stop()
    return report_change(
        result,
        action=action.name,
        done=action.done,
        executed=executes,
        plan=task.plan,
        following=next_command(command.ctx, result, executed=executes),
        json_file=given["json_file"],
    )


def _task(command: Command, action: Action, readers: Sequence[Reader]) -> Task:
    given = command.given
    deciding = {name: given[name] for name in (*_SELECTING, *command.plan, "targets")}
    return Task(
        command.url,
        action,
        command.selection,
        Judge(readers, given["stage"]) if readers else None,
        given["reads"],
        {**deciding, **command.more},
        given["accept_touch"],
    )


def watch_with(bar: Bar, stack: ExitStack) -> Watch:
    """Give who watches: the bar, and the signals."""
    return Watch(stack.enter_context(Stopping()), bar.say_pause, bar.advance)


def _journal_file(command: Command) -> Path:
    given = command.given
    if given["resume"] and given["journal"] is None:
        raise ConfigurationError("--resume needs --journal FILE, the one to go on with")
    if given["journal"] is not None:
        journal: Path = given["journal"]
        return journal
    journal = default_journal(str(command.ctx.info_name))
    if given["execute"]:
        click.echo(f"The old bytes are kept in {journal}.", err=True)
    return journal
