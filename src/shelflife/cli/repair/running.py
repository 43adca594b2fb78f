"""The way of convert and purge from options to a report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, NamedTuple

import click

from shelflife.cli.outputs import check_outputs
from shelflife.cli.repair.options import gentleness_of
from shelflife.cli.repair.progress import Bar, show_progress
from shelflife.cli.repair.reporting import default_journal, next_command, report_change
from shelflife.cli.targets import open_targets
from shelflife.errors import ConfigurationError
from shelflife.live.repair.action import Action
from shelflife.live.repair.running import Task, Watch, execute, make_plan
from shelflife.live.repair.selection import Selection
from shelflife.live.stopping import Stopping
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
    """

    ctx: click.Context
    url: str
    given: dict[str, Any]
    selection: Selection
    make: Callable[[Sequence[Reader]], Action]
    plan: tuple[str, ...]


def run_command(command: Command, stack: ExitStack) -> int:
    """Plan or execute, and report; give the exit code."""
    given = command.given
    check_outputs([given["json_file"]] if given["json_file"] is not None else [])
    executes = given["execute"]
    journal = _journal_file(command)
    bar = stack.enter_context(
        show_progress("reading and changing" if executes else "reading entries")
    )
    readers = open_targets(given, bar.say, stack)
    command.selection.check([reader.name for reader in readers], given["stage"])
    action = command.make(readers)
    task = Task(
        command.url,
        action,
        command.selection,
        Judge(readers, given["stage"]) if readers else None,
        given["reads"],
        {name: given[name] for name in (*_SELECTING, *command.plan)},
        given["accept_touch"],
    )
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
        result = make_plan(task, watch)
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


def watch_with(bar: Bar, stack: ExitStack) -> Watch:
    """Give who watches: the bar, and the signals."""
    return Watch(stack.enter_context(Stopping()), bar.say_pause, bar.advance)


def _journal_file(command: Command) -> Path:
    given = command.given
    if given["resume"] and given["journal"] is None:
        raise ConfigurationError("--resume needs --journal FILE, the one to go on with")
    if given["journal"] is not None:
        journal: Path = given["journal"]
        if given["execute"]:
            check_outputs([journal])
        return journal
    return default_journal(str(command.ctx.info_name))
