"""`shelflife undo`: what a journal holds is brought back."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Optional

import click

from shelflife.cli.again import join, words_again
from shelflife.cli.progress import show_progress
from shelflife.cli.repair.options import FILE, gentle_options, gentleness_of
from shelflife.cli.repair.reporting import check_files, errors_for_people, report_change
from shelflife.cli.repair.running import watch_with
from shelflife.errors import ConfigurationError
from shelflife.live.repair.journal_header import read_header
from shelflife.live.repair.running import shown_url
from shelflife.live.repair.running import undo as take_back
from shelflife.live.repair.task import Result


@click.command(short_help="Bring back what convert or purge has changed.")
@click.argument("journal", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--url",
    envvar="SHELFLIFE_URL",
    help="The cache, if it needs a password: the journal knows the address only.",
)
@click.option("--execute", is_flag=True, help="Do it. Without this, only a plan is shown.")
@click.option(
    "--even-if-invalidated",
    is_flag=True,
    help="Bring removed entries back although some may have been invalidated since.",
)
@click.option("--same-server", is_flag=True, help="The server is the same, by another name.")
@gentle_options
@click.option("--json", "json_file", type=FILE, help="Write the report as JSON.")
def undo(journal: Path, url: Optional[str], **given: Any) -> int:
    """Bring back the old bytes of JOURNAL, of all entries that nobody has written since.

    What was converted keeps the expiry it has; what was removed gets the one it would have by now.

    Exit code: 0 done, 2 something failed or it could not run.
    """
    with errors_for_people(), ExitStack() as stack:
        check_files(given["json_file"], journal if given["execute"] else None)
        header = read_header(journal)
        url = _url(url, header["url"])
        action, executes = header["plan"]["action"], given["execute"]
        if action == "purge" and executes and not given["even_if_invalidated"]:
            raise ConfigurationError(
                "this journal is of a purge. What was removed may have been invalidated since, "
                "and nobody could see that: bringing it back could serve stale values. If that "
                "is better than misses, say --even-if-invalidated"
            )
        bar = stack.enter_context(show_progress("bringing back", "batches"))
        result = take_back(
            url,
            journal,
            watch_with(bar, stack),
            gentleness_of(given) if executes else None,
            same_server=given["same_server"],
        )
        bar.stop()
        return report_change(
            result,
            action="undo",
            done="restored",
            executed=executes,
            plan=header["plan"],
            following=_next(result, executed=executes, is_purge=action == "purge"),
            json_file=given["json_file"],
        )


def _url(given: Optional[str], known: str) -> str:
    """Give the URL to use: what the environment says for another cache is not meant."""
    ctx = click.get_current_context()
    is_asked_for = ctx.get_parameter_source("url") == click.core.ParameterSource.COMMANDLINE
    if given is None or (not is_asked_for and shown_url(given) != known):
        return known
    return given


def _next(result: Result, *, executed: bool, is_purge: bool) -> str:
    ctx = click.get_current_context()
    instead = {"url": result.source}
    if executed and not result.stopped:
        return join(["shelflife", "audit", result.source, "--target", "NAME=COMMAND"])
    if result.stopped:
        return words_again(ctx, instead=instead)
    if not result.summary.total("done"):
        return "nothing to do"
    without = ("execute", "json_file", "even_if_invalidated")
    more = ["--execute", *(["--even-if-invalidated"] if is_purge else [])]
    return words_again(ctx, instead=instead, without=without, adding=more)
