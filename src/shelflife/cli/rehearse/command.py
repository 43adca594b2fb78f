"""`shelflife rehearse`: its options, and the way from them to a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import click

from shelflife.cli import version
from shelflife.cli.outputs import check_outputs, report_console
from shelflife.cli.rdb import CannotRead
from shelflife.cli.rehearse.caches import cache_opener
from shelflife.cli.rehearse.init import write_first_plan
from shelflife.cli.rehearse.interrupting import code_of, first_signal_only
from shelflife.cli.rehearse.next_step import next_step
from shelflife.cli.rehearse.progress import show_phases
from shelflife.errors import ConfigurationError, ServerError
from shelflife.rehearse.document import rehearsal_document
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.plan import Plan, read_plan
from shelflife.rehearse.rehearsal import Rehearsal
from shelflife.rehearse.settings import Settings
from shelflife.rehearse.trouble import CannotRehearse
from shelflife.reports import document as documents
from shelflife.reports import rehearsal_html, rehearsal_junit
from shelflife.reports.rehearsal import show_rehearsal
from shelflife.reports.rehearsal_secrets import without_secrets
from shelflife.testing import NoServer

Document = dict[str, Any]

_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(dir_okay=False, exists=True, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_OUTPUTS = ("json_file", "junit_file", "html_file")


@click.command(short_help="Upgrade and rollback on one real cache, before they are real.")
@click.argument("plan_file", metavar="PLAN.toml", type=_FILE, default="plan.toml")
@click.option("--init", is_flag=True, help="Write PLAN.toml from a few questions.")
@click.option("--seed", type=click.IntRange(0), help="Repeat the rehearsal that had this seed.")
@click.option(
    "--inject",
    multiple=True,
    type=click.Choice(("unicode",)),
    help="Derive requests with text that breaks caches.",
)
@click.option("--seed-entries", type=_THERE, help="Real entries to begin with, from an .rdb file.")
@click.option("--against", type=_THERE, help="An audit of production's cache (--json), to compare.")
@click.option("--json", "json_file", type=_FILE, help="Write the report as JSON.")
@click.option("--junit", "junit_file", type=_FILE, help="Write the report as JUnit XML.")
@click.option("--html", "html_file", type=_FILE, help="Write the report as one page.")
@click.option("--show-keys", is_flag=True, help="Show keys, not only their classes.")
@click.option("--keep-logs", type=_FOLDER, help="Keep all logs in this folder.")
def rehearse(plan_file: Path, **given: Any) -> int:
    """Send a log's requests to the old and the new release, which share one real cache.

    PLAN.toml says how the releases are started, and where the log is; --init writes one. All that
    is started runs on this machine and ends with the command.

    Exit code: 0 safe, 1 unsafe, 2 it could not run, 3 too little was seen to say.
    """
    try:
        if given["init"]:
            write_first_plan(plan_file)
            return 0
        return _rehearse(plan_file, given)
    except (CannotRead, CannotRehearse, ConfigurationError, NoServer, OSError) as error:
        raise click.ClickException(str(error)) from error
    except ServerError as error:
        raise click.ClickException(f"the rehearsal's cache cannot be used: {error}") from error


def _rehearse(plan_file: Path, given: dict[str, Any]) -> int:
    check_outputs([given[name] for name in _OUTPUTS if given[name] is not None])
    if not plan_file.exists():
        raise ConfigurationError(f"{plan_file} is not there: write it with --init")
    plan = read_plan(plan_file)
    outcome, signal_code = _run(plan, _settings(given))
    document = rehearsal_document(outcome, "")
    document["exit_code"] = signal_code or document["exit_code"]
    document["next"] = next_step(click.get_current_context(), document)
    _report(without_secrets(document), given)
    code: int = document["exit_code"]
    return code


def _settings(given: dict[str, Any]) -> Settings:
    file: Optional[Path] = given["against"]
    return Settings(
        seed=given["seed"],
        inject=given["inject"],
        seed_entries=given["seed_entries"],
        against=(file.name, documents.load_baseline(file)) if file else None,
        show_keys=given["show_keys"],
        keep_logs=given["keep_logs"],
        version=version(),
    )


def _run(plan: Plan, settings: Settings) -> tuple[Outcome, int]:
    """Rehearse; give what came of it, and the exit code of a signal that interrupted it, or 0."""
    with show_phases() as phases, first_signal_only():
        rehearsal = Rehearsal(plan, settings, cache_opener(plan.cache, settings.keep_logs), phases)
        try:
            return rehearsal.run(), 0
        except (KeyboardInterrupt, SystemExit) as error:
            if rehearsal.outcome is None:  # nothing was started yet
                raise
            return rehearsal.outcome, code_of(error)


def _report(document: Document, given: dict[str, Any]) -> None:
    show_rehearsal(document, report_console())
    if given["json_file"]:
        documents.write_json(document, given["json_file"])
    if given["junit_file"]:
        rehearsal_junit.write(document, given["junit_file"])
    if given["html_file"]:
        rehearsal_html.write(document, given["html_file"])
