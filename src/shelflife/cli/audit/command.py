"""`shelflife audit`: its options, and the way from them to a report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Optional, TextIO, cast

import click

from shelflife.cli import version
from shelflife.cli.audit.source import Source, open_source
from shelflife.cli.options import Positive, Span
from shelflife.cli.outputs import check_outputs, report_console
from shelflife.cli.progress import show_progress
from shelflife.cli.rdb import CannotRead
from shelflife.cli.targets import open_targets, target_options
from shelflife.dialects import KNOWN
from shelflife.errors import ConfigurationError, ServerError
from shelflife.live.allow_list import allow_list
from shelflife.live.audit import Audit, Options
from shelflife.live.conclusions import find_roles
from shelflife.live.disturbance import WouldDisturb
from shelflife.live.document import Frame, make_document, order_groups
from shelflife.live.exceptions import Waiver, check_waivers, known_findings, waived_findings
from shelflife.reports import document as documents
from shelflife.reports import html, terminal
from shelflife.testing import NoServer

_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(dir_okay=False, exists=True, path_type=Path)
_OUTPUTS = ("json_file", "html_file", "entries_file", "allow_file")


@click.command(short_help="What every live entry is to every runtime, before a deploy.")
@click.argument("source", envvar="SHELFLIFE_URL")
@target_options(required=True)
@click.option("--prefix", default="", help="Only keys that begin with this.")
@click.option(
    "--reads",
    type=click.Choice(sorted(KNOWN)),
    metavar="DIALECT",
    help="What the service reads with; else each entry is recognised by itself.",
)
@click.option("--sample", type=click.IntRange(1), help="Read so many keys, chosen at random.")
@click.option("--rate", type=Positive(), help="At most so many keys a second.")
@click.option(
    "--max-latency",
    type=Positive(),
    metavar="MS",
    help="Give way while a batch takes longer than so many milliseconds.",
)
@click.option("--accept-touch", is_flag=True, help="Read although that counts as use (LRU, LFU).")
@click.option("--deploy-in", type=Span(), metavar="SPAN", help="When the deploy is: 90m, 6h, 2d.")
@click.option("--show-keys", is_flag=True, help="Show some keys, not only their classes.")
@click.option("--json", "json_file", type=_FILE, help="Write the report as JSON.")
@click.option("--html", "html_file", type=_FILE, help="Write the report as one page.")
@click.option("--entries", "entries_file", type=_FILE, help="Write a line of JSON for each entry.")
@click.option(
    "--against", type=_THERE, help="A report of before (--json): fail only on what is new."
)
@click.option(
    "--waive", type=_THERE, help="Findings that are accepted, until a date, for a reason."
)
@click.option("--allow-list", "allow_file", type=_FILE, help="Write the names that `allow=` needs.")
def audit(source: str, **given: Any) -> int:
    """Say what every live entry of SOURCE is to every runtime: for the upgrade, and the rollback.

    SOURCE is a cache's URL (redis://HOST:6379/0) or an .rdb file (FILE.rdb, FILE.rdb?db=3).
    Nothing is written to the cache.

    Exit code: 0 safe, 1 unsafe, 2 it could not run, 3 too little was seen to say.
    """
    try:
        with ExitStack() as stack:
            return _audit(source, given, stack)
    except (CannotRead, ConfigurationError, NoServer, WouldDisturb, OSError) as error:
        raise click.ClickException(str(error)) from error
    except ServerError as error:
        raise click.ClickException(
            f"the cache cannot be read: {error}. Is the server up, is the URL right, and may the "
            "user run SCAN, GET, PTTL and TYPE?"
        ) from error


def _audit(source: str, given: dict[str, Any], stack: ExitStack) -> int:
    check_outputs([given[name] for name in _OUTPUTS if given[name] is not None])
    waivers = _load_waivers(given["waive"])
    baseline = documents.load_baseline(given["against"]) if given["against"] else None
    bar = stack.enter_context(show_progress("reading entries"))
    readers = open_targets(given, bar.say, stack)
    opened = stack.enter_context(open_source(source, bar.say))
    options = _options(given, opened)
    run = Audit(opened.inspectors, readers, options)
    run.prepare()
    with _lines(given["entries_file"]) as lines:
        run.run(bar.advance, lines, lambda: _empty(lines))
    bar.stop()
    if not run.tally.keys and not run.partial:
        below = f" below the prefix {options.prefix!r}" if options.prefix else ""
        raise CannotRead(f"{opened.shown} holds no key{below}: look at the database's number too")
    groups = order_groups(run)
    roles = find_roles(readers)
    frame = Frame(
        version=version(),
        kind=opened.kind,
        shown=opened.shown,
        again=_again(opened, given),
        waived=waived_findings(groups, roles, waivers, date.today()),  # noqa: DTZ011 - the user's day
        known=known_findings(groups, roles, baseline["groups"] if baseline else ()),
        baseline=str(given["against"]) if baseline else None,
    )
    found = cast("documents.Document", make_document(run, groups, frame))
    terminal.show(found, report_console())
    if given["allow_file"]:
        documents.put(allow_list(groups), given["allow_file"])
    if given["json_file"]:
        documents.write(found, given["json_file"])
    if given["html_file"]:
        html.write(found, given["html_file"])
    return found["exit_code"]


def _options(given: dict[str, Any], opened: Source) -> Options:
    return Options(
        prefix=given["prefix"],
        reads=given["reads"],
        stage=given["stage"],
        sample=given["sample"],
        rate=given["rate"],
        max_latency=given["max_latency"] and given["max_latency"] / 1000,
        deploy_in=given["deploy_in"],
        show_keys=given["show_keys"],
        accept_touch=given["accept_touch"] or opened.kind == "rdb",
    )


def _load_waivers(path: Optional[Path]) -> list[Waiver]:
    if path is None:
        return []
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - only where the option is used
    else:
        import tomli as tomllib  # noqa: PLC0415 - as above
    try:
        return check_waivers(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ConfigurationError) as error:
        raise ConfigurationError(f"waivers {path}: {error}") from None


@contextmanager
def _lines(path: Optional[Path]) -> Iterator[Optional[TextIO]]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8") as lines:
        yield lines


def _empty(lines: Optional[TextIO]) -> None:
    if lines is not None:
        lines.seek(0)
        lines.truncate()


def _again(opened: Source, given: dict[str, Any]) -> str:
    words = ["shelflife", "audit", opened.shown]
    for target in given["targets"]:
        words += ["--target", target]
    for name in ("setup", "prefix", "reads"):
        if given[name]:
            words += [f"--{name}", given[name]]
    return shlex.join(words)
