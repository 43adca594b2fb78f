"""The document: written whole, read back, refused when it is another's; and its page in docs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.documents import EVERY, document, unsafe
from shelflife.errors import ConfigurationError
from shelflife.reports import document as schema
from shelflife.reports.document import Document, load_baseline, write

PAGE = Path(__file__).parent.parent.parent / "docs" / "audit-report.md"
PARTS = [
    part
    for part in vars(schema).values()
    if isinstance(part, type) and hasattr(part, "__required_keys__")
]


@pytest.mark.parametrize("name", EVERY)
def test_a_document_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    """Hostile text and lone surrogates too."""
    written = EVERY[name]()

    write(written, tmp_path / "audit.json")

    assert load_baseline(tmp_path / "audit.json") == written
    assert [file.name for file in tmp_path.iterdir()] == ["audit.json"]


def test_a_failed_write_leaves_the_older_report(tmp_path: Path) -> None:
    """A report is there whole, or as it was."""
    path = tmp_path / "audit.json"
    write(document(), path)

    with pytest.raises(ValueError, match="float"):
        write(document(seconds=float("nan")), path)

    assert load_baseline(path) == document()


def test_who_reads_the_report_meanwhile_sees_one_of_the_two(tmp_path: Path) -> None:
    """The older file is replaced, not written over."""
    path = tmp_path / "audit.json"
    write(unsafe(), path)
    with path.open() as older:
        write(document(), path)

        assert json.load(older) == unsafe()
    assert load_baseline(path) == document()


def test_a_report_may_go_to_a_pipe(tmp_path: Path) -> None:
    """What is no regular file is written to, not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(document(), pipe)
        assert json.loads(os.read(reader, 1 << 20)) == document()
    finally:
        os.close(reader)


def test_a_report_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """With the file and what to do."""
    with pytest.raises(ConfigurationError, match=r"cannot write the report .*none/audit\.json: No"):
        write(document(), tmp_path / "none" / "audit.json")


def _without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda found: {name: value for name, value in found.items() if name != key}


def _with(**changed: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda found: {**found, **changed}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda found: [found], "is no document of an audit"),
        (_with(schema="shelflife-rehearsal"), "is no document of an audit"),
        (_with(version=2), "has version '2' of the schema, and this shelflife reads version 1"),
        (_with(version=True), "has version 'True'"),
        (_without("version"), "has version 'None'"),
        (_without("groups"), "is damaged: it lacks groups"),
        (_with(groups={}), "is damaged: its groups"),
        (_with(groups=[{"id": 1}]), "is damaged: its groups"),
        (_with(groups=[{**unsafe()["groups"][0], "verdicts": []}]), "is damaged: its groups"),
        (_with(groups=[{**unsafe()["groups"][0], "names": 5}]), "is damaged: its groups"),
    ],
)
def test_another_baseline_is_refused(
    change: Callable[[Document], Any], sentence: str, tmp_path: Path
) -> None:
    """With the file, what is wrong with it, and how to write one."""
    path = tmp_path / "last.json"
    path.write_text(json.dumps(change(unsafe())))

    with pytest.raises(ConfigurationError) as caught:
        load_baseline(path)

    assert f"the baseline {path} {sentence}" in str(caught.value)
    assert "--json FILE" in str(caught.value)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b"null", b"1e999"])
def test_what_is_no_json_is_refused(raw: bytes, tmp_path: Path) -> None:
    """Whatever it is."""
    (tmp_path / "last.json").write_bytes(raw)

    with pytest.raises(ConfigurationError, match=r"last\.json is no"):
        load_baseline(tmp_path / "last.json")


def test_a_missing_baseline_is_refused(tmp_path: Path) -> None:
    """As a sentence, not as an OSError."""
    with pytest.raises(ConfigurationError, match=r"cannot read the baseline .*: No such file"):
        load_baseline(tmp_path / "last.json")


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_field_is_documented(part: type) -> None:
    """And no other."""
    page = PAGE.read_text()
    section = page.partition(f"## {part.__name__}\n")[2].partition("\n## ")[0]

    documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)

    assert documented == list(part.__annotations__)
