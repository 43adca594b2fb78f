"""`shelflife rehearse --init`: a plan, made of a few answers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from shelflife.cli.again import join
from shelflife.errors import ConfigurationError
from shelflife.rehearse.log import guess_format
from shelflife.rehearse.plan import read_plan
from shelflife.rehearse.starting_plan import QUESTIONS, plan_text


def write_first_plan(path: Path) -> None:
    """Ask, and write the plan; a file that is there stays as it is.

    At a terminal the answers are typed; else they are the lines of standard input, and what is
    empty or missing has its default.

    Raises:
        ConfigurationError: The file is there already, or cannot be written.
    """
    _check(path)
    ask = _at_terminal if sys.stdin.isatty() else _from_lines
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        default = question.default
        if question.name == "log_format":
            default = guess_format(path.parent / answers["log_file"]) or default
        answers[question.name] = ask(question.question, default)
    _write(path, plan_text(answers))
    click.echo(f"{path} is written; its comments say what else it can say.")
    try:
        read_plan(path)
    except ConfigurationError as error:
        click.echo(f"Before it can run: {error}")
    click.echo(f"Next: {join(('shelflife', 'rehearse', str(path)))}")


def _check(path: Path) -> None:
    """See that the file can be made before anything is asked."""
    if path.exists():
        raise ConfigurationError(f"{path} is there already: name a file that is not there yet")
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path.parent} is no folder: make it, or name another one")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None


def _at_terminal(question: str, default: str) -> str:
    answer: str = click.prompt(question, default=default)
    return answer


def _from_lines(question: str, default: str) -> str:
    answer = sys.stdin.readline().strip() or default
    click.echo(f"{question}: {answer}")
    return answer
