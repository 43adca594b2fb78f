"""From a result to what is shown and written, and to the command that comes next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

import click

from shelflife.cli import version
from shelflife.cli.again import join, words_again
from shelflife.cli.outputs import check_outputs, report_console
from shelflife.errors import ConfigurationError, ServerError
from shelflife.live.disturbance import WouldDisturb
from shelflife.live.repair.document import Account, make_document
from shelflife.live.repair.frames import MAGIC
from shelflife.live.repair.task import Result
from shelflife.reports import document as documents
from shelflife.reports import repair as report

_ONCE = ("execute", "resume", "journal", "json_file")


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Turn what keeps a command from beginning into one sentence and exit code 2."""
    try:
        yield
    except (ConfigurationError, WouldDisturb, OSError) as error:
        raise click.ClickException(str(error)) from error
    except ServerError as error:
        raise click.ClickException(
            f"the cache cannot be reached: {error}. Is the server up, is the URL right, and may "
            "the user run what docs/acl.md lists for this command?"
        ) from error


def default_journal(action: str) -> Path:
    """Name a journal that does not exist yet, in the current folder."""
    now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    number = 0
    while True:
        more = f"-{number}" if number else ""
        path = Path(f"shelflife-{action}-{now}{more}.journal")
        if not path.exists():
            return path
        number += 1


def report_change(
    result: Result,
    *,
    action: str,
    done: str,
    executed: bool,
    plan: Mapping[str, Any],
    following: str,
    json_file: Optional[Path],
) -> int:
    """Show what came of a command, write it as JSON if that was asked for; give the exit code."""
    began = datetime.fromtimestamp(result.started_at, timezone.utc)
    account = Account(
        shelflife=version(),
        action=action,
        done=done,
        executed=executed,
        source=result.source,
        server=result.server,
        plan=plan,
        started_at=began.isoformat(" ", "seconds"),
        seconds=result.seconds,
        journal=None if result.journal is None else str(result.journal),
        journal_size=result.journal_size,
        verify=result.verify,
        paused=result.paused,
        stopped=result.stopped,
        again=following,
    )
    found = make_document(result.summary, account)
    report.show(found, report_console())
    if json_file is not None:
        documents.write_json(found, json_file)
    code: int = found["exit_code"]
    return code


def next_command(ctx: click.Context, result: Result, *, executed: bool) -> str:
    """Give the command that comes after a change, or after its plan."""
    instead = {"url": result.source}
    done = result.summary.total("done")
    if result.stopped and executed:
        adding = ["--execute", "--resume", "--journal", str(result.journal)]
        return words_again(ctx, instead=instead, without=_ONCE, adding=adding)
    if result.stopped:
        return words_again(ctx, instead=instead)
    if not executed and done:
        kept = [name for name in _ONCE if name != "journal"]
        return words_again(ctx, instead=instead, without=kept, adding=["--execute"])
    if result.journal is None or not done:
        return "nothing to do"
    words = ["shelflife", "undo", str(result.journal)]
    if "***" in result.source and not _is_from_environment(ctx):
        words += ["--url", result.source]
    return f"to take it back: {join(words)}"


def _is_from_environment(ctx: click.Context) -> bool:
    return ctx.get_parameter_source("url") == click.core.ParameterSource.ENVIRONMENT


def check_files(json_file: Optional[Path], journal: Optional[Path]) -> None:
    """See that a report can be written, and replaces no journal.

    Raises:
        ConfigurationError: If not.
    """
    check_outputs([file for file in (json_file, journal) if file is not None])
    if json_file is None or not json_file.is_file():
        return
    if journal is not None and journal.exists() and json_file.samefile(journal):
        raise ConfigurationError("--json and the journal are the same file: give each its own")
    with json_file.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            raise ConfigurationError(f"--json {json_file} is a journal: name another file")
