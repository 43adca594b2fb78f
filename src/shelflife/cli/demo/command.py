"""`shelflife demo`: its options, and the choice between a live run and a replay."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

import click
from rich import progress as bars
from rich.console import Console

from shelflife.cli.bars import open_bar
from shelflife.cli.demo import acts, environments, recording, releases, replay, story, traffic
from shelflife.cli.demo.acts import Story
from shelflife.cli.demo.interpreters import CannotRun, NotHere
from shelflife.testing import NoServer

_WIDTH = 100


@click.command()
@click.option("--old", metavar="PYTHON", help="A Python 2.7 to use; else one is looked for.")
@click.option("--new", metavar="PYTHON", help="A Python 3.6 to 3.9 to use; else looked for.")
@click.option(
    "--env-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep the packages it installs.  [default: your cache folder]",
)
@click.option("--recorded", is_flag=True, help="Replay recorded bytes; needs no old Python.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all figures to this file.",
)
def demo(
    old: Optional[str],
    new: Optional[str],
    env_dir: Optional[Path],
    recorded: bool,
    json_file: Optional[Path],
) -> int:
    """Show a real incident: an API moves to Python 3, is rolled back, and its cache breaks both.

    A private Redis and real services on 127.0.0.1; then the same traffic with shelflife. The first
    run installs old packages, which takes longer.

    Exit code: 0 as told, 1 shelflife had errors, 2 could not run, 3 it shows nothing.
    """
    kept_in = (env_dir or environments.default_folder()).resolve()
    started = time.monotonic()
    try:
        told = _tell(old, new, kept_in, recorded)
        told.seconds = time.monotonic() - started
        if json_file is not None:
            facts = json.dumps(story.as_json(told), indent=2, ensure_ascii=False)
            json_file.write_text(facts + "\n", encoding="utf-8")
    except (CannotRun, NotHere, NoServer, OSError) as error:
        raise click.ClickException(str(error)) from error
    terminal = Console(highlight=False)
    width = min(_WIDTH, terminal.width) if terminal.is_terminal else _WIDTH
    story.show(told, Console(highlight=False, width=width))
    return told.exit_code


def _tell(old: Optional[str], new: Optional[str], kept_in: Path, recorded: bool) -> Story:
    with _progress() as progress:
        if recorded:
            return replay.play(recording.load(), "--recorded was given", progress)
        try:
            deployed = releases.prepare(old, new, kept_in, progress.say)
        except NotHere as error:
            if old is not None or new is not None:
                raise
            return replay.play(recording.load(), str(error), progress)
        return acts.play(deployed, progress)


class _Bar:
    """A progress bar on standard error; nothing at all where that is no terminal."""

    def __init__(self, bar: bars.Progress) -> None:
        self._bar = bar
        requests = sum(len(requests) for _, requests in traffic.plan())
        self._task = bar.add_task("starting", total=2 * requests)

    def say(self, text: str) -> None:
        """What is being done now."""
        self._bar.update(self._task, description=text)

    def advance(self) -> None:
        """One more request has been answered."""
        self._bar.advance(self._task)


@contextmanager
def _progress() -> Iterator[_Bar]:
    with open_bar(bars.TimeElapsedColumn()) as bar:
        yield _Bar(bar)
