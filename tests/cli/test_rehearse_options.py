"""The command `shelflife rehearse` where it cannot run, and `--init`."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.progress import Progress

from cli.rehearse_runs import SERVICE, Ran, write_plan
from shelflife.cli.command import shelflife as program
from shelflife.cli.rehearse.progress import PhaseBar
from shelflife.rehearse.plan import read_plan


@pytest.fixture
def run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run it in this process and in a folder of its own, which is faster."""
    monkeypatch.chdir(tmp_path)

    def run_it(*words: str, typed: str = "") -> Ran:
        done = CliRunner().invoke(program, ["rehearse", *words], input=typed, standalone_mode=False)
        if done.exception is None:
            return Ran(done.return_value, done.output, "")
        if not isinstance(done.exception, click.ClickException):
            raise done.exception
        return Ran(2, done.output, done.exception.format_message())

    return run_it


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.toml"], "nowhere.toml is not there: write it with --init"),
        (["plan.toml", "--json", "none/r.json"], "cannot be written"),
        (["plan.toml", "--json", "r", "--html", "r"], "two of the files to write are the same"),
        (["plan.toml", "--against", "plan.toml"], "is not JSON"),
        (["plan.toml", "--seed-entries", "plan.toml"], "is no .rdb file"),
        (["plan.toml", "--inject", "nonsense"], "unicode"),
        (["bad.toml"], "comand"),
    ],
)
def test_what_cannot_work_is_said(
    words: list[str], said: str, tmp_path: Path, run_here: Callable[..., Ran]
) -> None:
    """In a sentence, with exit code 2, and nothing is written."""
    plan = write_plan(tmp_path)
    (tmp_path / "bad.toml").write_text(plan.read_text().replace("command", "comand"))
    ran = run_here(*words)

    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_a_missing_server_is_said(
    tmp_path: Path, run_here: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how to get one."""
    monkeypatch.setenv("SHELFLIFE_REDIS_SERVER", str(tmp_path / "nothing"))
    write_plan(tmp_path)
    ran = run_here("plan.toml")

    assert ran.code == 2
    assert "SHELFLIFE_REDIS_SERVER names" in ran.err


def test_a_service_that_does_not_start_is_said(
    tmp_path: Path, run_here: Callable[..., Ran], server_program: str
) -> None:
    """With the end of its log; no process is left."""
    plan = write_plan(tmp_path)
    plan.write_text(plan.read_text().replace(str(SERVICE), "nothing_there.py"))
    ran = run_here("plan.toml")

    assert ran.code == 2
    assert "nothing_there.py" in ran.err
    assert "Traceback" not in ran.err.partition("nothing_there")[0]


def test_a_first_plan_is_written_from_answers(tmp_path: Path, run_here: Callable[..., Ran]) -> None:
    """The log's format is guessed; what is left out has its default; the next command ends it."""
    write_plan(tmp_path)
    typed = "python old.py {port} {cache_url}\n\n\npython new.py {port} {cache_url}\n"
    ran = run_here("first.toml", "--init", typed=typed)
    plan = read_plan(tmp_path / "first.toml")

    assert ran.code == 0, ran.err
    assert plan.old.command == "python old.py {port} {cache_url}"
    assert plan.new.command == "python new.py {port} {cache_url}"
    assert plan.log.format == "common"
    assert ran.out.endswith("Next: shelflife rehearse first.toml\n")
    assert "Before it can run" not in ran.out


def test_a_first_plan_says_what_is_still_to_do(
    tmp_path: Path, run_here: Callable[..., Ran]
) -> None:
    """A log that is not there yet."""
    ran = run_here("--init")

    assert ran.code == 0, ran.err
    assert (tmp_path / "plan.toml").exists()
    assert "Before it can run: " in ran.out
    assert "access.log" in ran.out


@pytest.mark.parametrize(
    ("name", "said"), [("plan.toml", "is there already"), ("none/plan.toml", "is no folder")]
)
def test_a_first_plan_overwrites_nothing(
    name: str, said: str, tmp_path: Path, run_here: Callable[..., Ran]
) -> None:
    """And asks nothing then."""
    plan = write_plan(tmp_path)
    before = plan.read_text()
    ran = run_here(name, "--init")

    assert ran.code == 2
    assert said in ran.err
    assert ran.out == ""
    assert plan.read_text() == before


def shown(terminal: bool) -> str:
    """What a bar shows of a phase with one bad answer, and of one that is not through."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=80)
    with Progress(console=console, transient=True, disable=not terminal) as bar:
        phases = PhaseBar(bar)
        phases.say("reading \x1b[2J access.log")
        bar.refresh()
        phases.phase("upgrade", 2)
        phases.advance(bad=False)
        phases.advance(bad=True)
        bar.refresh()
        phases.phase("rollback", 2)
        phases.say("starting old")
        phases.close()
    return re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", file.getvalue())


def test_a_line_stays_for_each_phase() -> None:
    """With its bad answers; what goes on is shown beside the bar; nothing hostile moves it."""
    text = shown(terminal=True)

    assert "  upgrade   2 requests, 1 bad\n" in text
    assert "upgrade: 1 bad" in text
    assert "reading \\x1b[2J access.log" in text


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    """Reports alone go to pipes."""
    assert shown(terminal=False) == ""
