"""The documentation says what the code does: tables are compared, examples are run."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from shelflife import Cache, Py2Text, Reason
from shelflife.cli.audit.command import audit
from shelflife.cli.repair.convert import convert
from shelflife.cli.repair.purge import purge
from shelflife.cli.repair.undo import undo
from shelflife.codecs.pickle import protocol_at
from shelflife.envelope import CODECS, COMPRESSIONS
from shelflife.floors.packages import PACKAGES
from shelflife.live.repair.conversion import REFUSALS
from shelflife.live.repair.frames import Kind
from shelflife.pickles import SAFE

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


NEEDED = {
    "django": ("django",),
    "dogpile": ("dogpile.cache",),
    "flask": ("flask",),
    "flask-caching": ("flask_caching",),
    "starlette": ("starlette", "fastapi", "httpx"),
}
"""What a page's examples import."""


def first_cells(page: str, after: str) -> list[str]:
    """The first column of the table that follows a text."""
    table = page[page.index(after) :]
    return re.findall(
        r"^\| `?([^`|]+?)`?(?: \([a-z]+\))? +\|", table.split("\n\n")[0], re.MULTILINE
    )[1:]


def test_every_reason_is_documented() -> None:
    """And no other."""
    page = (ROOT / "docs" / "cache.md").read_text()

    documented = first_cells(page, "| reason | what lies")
    assert documented == [reason.value for reason in Reason]


def test_the_safe_names_are_documented() -> None:
    """With the Python that brought each."""
    page = (ROOT / "docs" / "pickles.md").read_text()
    table = page.partition("<!-- safe names")[2].partition("<!-- end -->")[0]
    documented = {
        name: tuple(map(int, row[1].split(".")))
        for row in re.findall(r"^\| (`.*`) \| ([\d.]+) \|$", table, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row[0])
    }

    assert documented == {name: entry.since for name, entry in SAFE.items()}


def test_policies_and_protocols_are_documented() -> None:
    """As the code has them."""
    page = (ROOT / "docs" / "pickles.md").read_text()

    policies = first_cells(page, "| policy | UTF-8")
    assert policies == [policy.value for policy in Py2Text]
    assert [protocol_at(floor) for floor in ("2.7", "3.3", "3.4", "3.7", "3.8")] == [2, 3, 4, 4, 5]


def test_the_numbers_of_the_format_are_documented() -> None:
    """Codecs and compressions."""
    page = (ROOT / "docs" / "format.md").read_text()

    for name, number in {**CODECS, **COMPRESSIONS}.items():
        assert re.search(rf"^\| {name} \| {number} \|", page, re.MULTILINE), name


def documented_options(page: str) -> set[str]:
    """The options in a page's tables of options."""
    text = (ROOT / "docs" / page).read_text()
    tables = [part.partition("<!-- end -->")[0] for part in text.split("<!-- options")[1:]]
    cells = re.findall(r"^\| (`--.*?`) \|", "".join(tables), re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(--[a-z0-9-]+)", cell)}


@pytest.mark.parametrize(
    ("command", "pages"),
    [
        (audit, ["audit.md"]),
        (convert, ["convert.md", "repair.md"]),
        (purge, ["purge.md", "repair.md"]),
        (undo, ["undo.md", "repair.md"]),
    ],
    ids=lambda value: value.name if isinstance(value, click.Command) else "",
)
def test_every_option_is_documented(command: click.Command, pages: list[str]) -> None:
    """On the command's page, or on the one that it shares; and no other on its own."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    names = {name for option in options for name in option.opts}

    assert names <= set().union(*map(documented_options, pages))
    assert documented_options(pages[0]) <= names


def test_the_packages_of_a_floor_are_documented() -> None:
    """Each module that is known to have moved."""
    page = (ROOT / "docs" / "floors.md").read_text()

    for package, modules in PACKAGES.items():
        for module, span in modules.items():
            word, version = ("since", span.since) if span.since else ("until", span.until)
            exists = f"{word} {'.'.join(map(str, version or ()))}"
            assert f"| `{package}` | `{module}` | {exists} |" in page


def test_the_journal_is_documented() -> None:
    """Each kind of frame, with its number."""
    page = (ROOT / "docs" / "format-journal.md").read_text()

    for kind in Kind:
        name = kind.name.lower().replace("_", "-")
        assert re.search(rf"^\| {name} \| {kind.value} \|", page, re.MULTILINE), name


def test_every_refusal_is_documented() -> None:
    """Each reason of convert's own."""
    page = (ROOT / "docs" / "convert.md").read_text()

    assert [reason for reason in first_cells(page, "| reason | what it") if reason in REFUSALS] == [
        *REFUSALS
    ]


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "migrating.md"],  # whose commands are run between
    ids=lambda page: page.name,
)
def test_examples_run(
    page: Path, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every Python block, in order, against a real server."""
    for needed in NEEDED.get(page.stem, ()):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "allow.txt").write_text("app.models.Article  # ours\n")
    names: dict[str, object] = {"url": redis_url, "Cache": Cache, "__name__": "__main__"}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        exec(block.replace("redis://127.0.0.1:6379/0", redis_url), names)
    for made in names.values():
        if isinstance(made, Cache):
            made.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """To files that are there."""
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
