"""`shelflife gate`: its options, and the way from them to a report."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import click

from shelflife.cli.again import words_again
from shelflife.cli.gate.options import Share
from shelflife.cli.gate.progress import show_watch
from shelflife.cli.options import Span
from shelflife.cli.outputs import check_outputs, report_console
from shelflife.errors import ConfigurationError, ServerError
from shelflife.fleet import registry_key
from shelflife.live.gate.checking import CHECKS
from shelflife.live.gate.document import gate_document
from shelflife.live.gate.evidence import PROMOTE, ROLLBACK
from shelflife.live.gate.gate import Answer, Gate, Question
from shelflife.live.gate.terms import Thresholds
from shelflife.reports import document as documents
from shelflife.reports import gate as report
from shelflife.reports import junit
from shelflife.stores import Store, open_store

_FILE = click.Path(dir_okay=False, path_type=Path)
_TIMEOUT = 5.0  # seconds; a pipeline can wait longer than a service
_EVERY = 5.0
_F = TypeVar("_F", bound=Callable[..., Any])
_DEFAULTS = Thresholds()
_COUNT = click.IntRange(0, 10**12)


def _threshold_options(function: _F) -> _F:
    """Give the command an option for each threshold."""
    points = click.FloatRange(0, 100)
    options: tuple[tuple[str, Any, str], ...] = (
        ("max_unreadable", Share(), "Of a release's reads, entries that it cannot read."),
        ("max_hit_drop", points, "Points of a hundred by which a hit ratio may be lower."),
        ("min_reads", _COUNT, "Reads of each release that have to be seen."),
        ("min_mixed", _COUNT, "Entries of the other release that each has to be seen to read."),
        ("max_ping_pong", _COUNT, "Rewrites of keys that the other release rewrites too."),
        ("max_lost_invalidations", _COUNT, "Removals that the server did not confirm."),
        ("max_not_stored", Share(), "Of a release's writes, values that cannot be written."),
        ("max_unavailable", Share(), "Of all reads, those that the server does not answer."),
    )
    for name, kind, text in reversed(options):
        default = getattr(_DEFAULTS, name)
        shown = f"{100 * default:g}%" if isinstance(kind, Share) else f"{default:g}"
        flag = f"--{name.replace('_', '-')}"
        option = click.option(flag, name, type=kind, default=default, show_default=shown, help=text)
        function = option(function)
    return function


@click.command(short_help="Whether what a fleet counts speaks for the next step of a deploy.")
@click.argument("url", envvar="SHELFLIFE_URL")
@click.option(
    "--fleet",
    "fleet_name",
    envvar="SHELFLIFE_FLEET",
    required=True,
    help="The name of the fleet, as the caches have it: fleet=...",
)
@click.option(
    "--before",
    "step",
    type=click.Choice((PROMOTE, ROLLBACK)),
    required=True,
    help="What is about to be done: give the new release all traffic, or go back.",
)
@click.option("--to", "target", help="The release to go back to; found out if there is one.")
@click.option("--watch", type=Span(), help="Watch from now on for so long: 10m.")
@_threshold_options
@click.option(
    "--skip",
    "skipped",
    multiple=True,
    type=click.Choice(tuple(CHECKS)),
    help="A check to leave out; may be repeated.",
)
@click.option("--json", "json_file", type=_FILE, help="Write the report as JSON.")
@click.option("--junit", "junit_file", type=_FILE, help="Write the report as JUnit XML.")
def gate(url: str, fleet_name: str, step: str, **given: Any) -> int:
    """Say whether what the fleet at URL has counted speaks for the next step of a deploy.

    Without --watch, what was counted in this hour decides. Nothing is written to the cache.

    Exit code: 0 pass, 1 fail, 2 it could not run, 3 too little was seen to say.
    """
    store = None
    try:
        registry_key(fleet_name)
        outputs = [given[name] for name in ("json_file", "junit_file") if given[name] is not None]
        check_outputs(outputs)
        store = open_store(url, connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT)
        return _gate(store, _question(fleet_name, step, given), given)
    except (ConfigurationError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except ServerError as error:
        raise click.ClickException(
            f"the fleet cannot be asked: {error}. Is the server up, is the URL right, and may the "
            "user run what docs/acl.md lists for this command?"
        ) from error
    finally:
        if store is not None:
            store.close()


def _question(fleet: str, step: str, given: dict[str, Any]) -> Question:
    named = {name: given[name] for name in _DEFAULTS.as_facts()}
    thresholds = Thresholds(**named)
    return Question(fleet, step, given["target"], thresholds, frozenset(given["skipped"]))


def _gate(store: Store, question: Question, given: dict[str, Any]) -> int:
    answer = _answer(store, question, given["watch"])

    def to_command(words: tuple[str, ...]) -> str:
        first, *rest = words
        return shlex.join(("shelflife", first, store.address, *rest, "--fleet", question.fleet))

    found = gate_document(answer, store.address, to_command, _again(store, given["watch"]))
    report.show_gate(found, report_console())
    if given["json_file"]:
        documents.write_json(found, given["json_file"])
    if given["junit_file"]:
        junit.write(found, given["junit_file"])
    code: int = found["exit_code"]
    return code


def _answer(store: Store, question: Question, seconds: Optional[float]) -> Answer:
    gate = Gate(question, store.run)
    if not seconds:
        return gate.look()
    with show_watch(seconds) as tell:
        return gate.watch(seconds, tell, every=min(_EVERY, seconds / 10))


def _again(store: Store, watched: Optional[float]) -> str:
    """Give the command that watches, for longer than this one."""
    seconds = max(600.0, 2 * (watched or 0.0))
    return words_again(
        click.get_current_context(),
        instead={"url": store.address},
        without=("watch",),
        adding=("--watch", f"{seconds:g}s"),
    )
