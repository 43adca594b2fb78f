"""The plan's page knows every key, and its example and the first plan of `--init` can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shelflife.rehearse.plan import read_plan
from shelflife.rehearse.plan.placeholders import STARTING
from shelflife.rehearse.plan.reading import TABLES, keys_of
from shelflife.rehearse.starting_plan import QUESTIONS, plan_text

PAGE = (Path(__file__).parent.parent.parent / "docs" / "rehearse-plan.md").read_text()


def documented(table: str) -> list[str]:
    part = PAGE.partition(f"<!-- keys of {table} -->")[2].partition("<!-- end -->")[0]
    return re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE)


@pytest.mark.parametrize("table", [name for name in TABLES if name != "new"])
def test_every_key_is_documented(table: str) -> None:
    """In the code's order, and no other."""
    assert documented(table) == keys_of(table)


def test_every_placeholder_is_documented() -> None:
    """And no other."""
    assert documented("templates") == [f"{{{name}}}" for name in STARTING]


def test_the_example_can_be_read(tmp_path: Path) -> None:
    """As it stands on the page."""
    examples = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    for name in ("access.log", "dump.rdb"):
        (tmp_path / name).touch()
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "plan.toml").write_text(examples[0], encoding="utf-8")

    assert read_plan(tmp_path / "plan.toml").inject == ("unicode",)


def test_the_first_plan_can_be_read(tmp_path: Path) -> None:
    """With nothing answered, so with the defaults alone."""
    (tmp_path / "access.log").touch()
    (tmp_path / "plan.toml").write_text(plan_text({}), encoding="utf-8")

    plan = read_plan(tmp_path / "plan.toml")
    defaults = {question.name: question.default for question in QUESTIONS}
    assert plan.old.command == defaults["old_command"]
    assert plan.new.command == defaults["new_command"]
    assert plan.old.ready == "/health"
    assert plan.inject == ("unicode",)


def test_the_first_plan_says_what_was_answered(tmp_path: Path) -> None:
    """Quotes, backslashes, line ends and other scripts as well."""
    (tmp_path / "é\\x.log").touch()
    command = "run \"a b\" 'c' {port} \x7f\t café {{literally}}"
    answers = {
        "old_command": command,
        "old_python": "2.7",
        "log_file": "é\\x.log",
        "log_format": "json",
        "ready": "/ok",
    }
    (tmp_path / "plan.toml").write_text(plan_text(answers), encoding="utf-8")

    plan = read_plan(tmp_path / "plan.toml")
    assert plan.old.command == command
    assert (plan.old.python, plan.new.python) == ("2.7", "this")
    assert plan.old.ready == plan.new.ready == "/ok"
    assert (plan.log.file.name, plan.log.format) == ("é\\x.log", "json")


def test_the_comments_of_the_first_plan_are_keys(tmp_path: Path) -> None:
    """Whatever is commented out can be taken in as it is."""
    for name in ("access.log", "dump.rdb"):
        (tmp_path / name).touch()
    text = re.sub(r"^# (?=\[|[A-Za-z_]+ = )", "", plan_text({}), flags=re.MULTILINE)
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")

    plan = read_plan(tmp_path / "plan.toml")
    assert plan.phases.seed == 7
    assert plan.old.env == {"PYTHONPATH": "{env}"}
