"""The example to copy: what its plans must come out as, and that its files are what they say."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conftest import missing, python

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "public_api"
OLD_FAILS = "ValueError: unsupported pickle protocol: "
NEW_FAILS = "UnicodeDecodeError: 'ascii' codec can't decode byte 0x"


@pytest.fixture(scope="session")
def reports(server_program: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Gives the document of one of the example's plans; each is rehearsed once."""
    python("2.7")
    folder = tmp_path_factory.mktemp("example")

    @cache
    def report(plan: str) -> dict[str, Any]:
        return rehearse(EXAMPLE / f"{plan}.toml", folder / f"{plan}.json")

    return report


def rehearse(plan: Path, report: Path, *options: str) -> dict[str, Any]:
    words = [sys.executable, "-m", "shelflife.cli", "rehearse", str(plan), "--json", str(report)]
    done = subprocess.run(
        [*words, *options], capture_output=True, text=True, check=False, timeout=300
    )
    if "install:" in done.stderr:
        missing("packages", done.stderr.strip())
    assert report.exists(), done.stderr
    document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert document["exit_code"] == done.returncode
    return document


def texts(document: dict[str, Any], release: str) -> list[str]:
    found = [each for each in document["findings"] if each["release"] == release]
    return [text for each in found for text in each["exceptions"]]


def test_the_naive_port_is_found_unsafe_in_both_directions(reports: Any) -> None:
    """The two exceptions of 2019 are in the report of the naive port."""
    document = reports("naive")

    assert document["verdict"] == "unsafe"
    assert {each["verdict"] for each in document["directions"].values()} == {"unsafe"}
    assert any(text.startswith(NEW_FAILS) for text in texts(document, "new"))
    assert any(text.startswith(OLD_FAILS) for text in texts(document, "old"))


def test_each_exception_is_tied_to_an_entry_of_the_other_release(reports: Any) -> None:
    """An error names the entry that was read, who wrote it, and what the judge says of it."""
    errors = [each for each in reports("naive")["findings"] if each["kind"] == "error"]

    assert errors
    for finding in errors:
        reader = finding["release"]
        for example in finding["examples"]:
            read = [e for e in example["entries"] if e["did"] == "read" and e["writer"] != reader]
            assert read, example["request"]
            assert read[0]["verdicts"][reader]["verdict"] == "fails"
            assert read[0]["verdicts"][reader]["reason"] == (
                "py2-bytes" if reader == "new" else "protocol"
            )


def test_the_port_on_shelflife_is_found_safe_and_adequate(reports: Any) -> None:
    """Nothing speaks against the port, and every key class crossed in both directions."""
    document = reports("shelflife")

    assert document["findings"] == []
    assert document["adequacy"]["gaps"] == []
    assert document["verdict"] == "safe"
    for key_class in ("api:article:*", "api:authors:*", "api:search:*"):
        rows = [e for e in document["adequacy"]["classes"] if e["key_class"] == key_class]
        for direction in ("upgrade", "rollback"):
            assert sum(row["crossed"][direction] for row in rows), (key_class, direction)


def test_a_log_that_is_all_ascii_is_inconclusive(reports: Any) -> None:
    """The incident would have passed this rehearsal, so it proves nothing."""
    document = reports("ascii")

    assert document["findings"] == []
    assert document["verdict"] == "inconclusive"
    assert "non-ascii" in {gap["kind"] for gap in document["adequacy"]["gaps"]}


def test_a_fully_warmed_cache_is_inconclusive(reports: Any) -> None:
    """Where the new release writes nothing, the way back was not tried."""
    document = reports("warmed")

    assert document["findings"] == []
    assert document["verdict"] == "inconclusive"
    gaps = document["adequacy"]["gaps"]
    assert {gap["direction"] for gap in gaps if gap["kind"] == "not-crossed"} == {"rollback"}


def test_the_log_is_read_as_it_is(reports: Any) -> None:
    """The two broken lines are counted and skipped, and so is what is not GET."""
    log = reports("shelflife")["log"]

    assert log["lines"] == 400
    assert log["unparsable"] == 2
    assert log["dropped"].keys() == {"POST"}
    assert log["requests"] + log["dropped"]["POST"] + log["unparsable"] == 400
    assert log["non_ascii"] > 50


@pytest.mark.slow
def test_so_it_is_with_the_text_that_breaks_caches(reports: Any, tmp_path: Path) -> None:
    """The port on shelflife holds with requests that were derived from the log's, too."""
    assert reports("shelflife")["log"]["injected"] == {}
    options = ("--inject", "unicode", "--seed", "1")

    document = rehearse(EXAMPLE / "shelflife.toml", tmp_path / "report.json", *options)

    assert document["log"]["injected"]["unicode"] > 10
    assert document["findings"] == []
    assert document["verdict"] == "safe"


@pytest.mark.slow
def test_two_runs_agree(reports: Any, tmp_path: Path) -> None:
    """The same seed sends the same requests in the same order and finds the same."""
    first = reports("naive")

    second = rehearse(EXAMPLE / "naive.toml", tmp_path / "again.json")

    assert stable(first) == stable(second)


def stable(document: Any) -> Any:
    """Leave out what is another in every run: times, ports, what a log had said by then."""
    if isinstance(document, dict):
        left_out = {"seconds", "started_at", "log", "headers", "effect", "next"}
        return {name: stable(part) for name, part in document.items() if name not in left_out}
    return [stable(part) for part in document] if isinstance(document, list) else document


def test_the_naive_port_and_the_one_on_shelflife_differ_in_one_import() -> None:
    """What moves the service to shelflife is one line."""
    naive, port = (
        (EXAMPLE / name / "app.py").read_text(encoding="utf-8").splitlines()[1:]
        for name in ("naive", "port")
    )

    changed = [line for line in difflib.ndiff(naive, port) if line[0] in "+-" and line[1:].strip()]
    assert changed == [
        "- from cachelib import RedisCache",
        "+ from shelflife.cachelib import RedisCache",
    ]


def test_the_logs_are_what_the_script_makes(tmp_path: Path) -> None:
    """The committed logs can be made again, to the byte."""
    for name in ("make_log.py", "articles.csv"):
        shutil.copy(EXAMPLE / name, tmp_path / name)

    subprocess.run([sys.executable, str(tmp_path / "make_log.py")], check=True, timeout=60)

    for name in ("access.log", "access-ascii.log"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes()


@pytest.mark.parametrize("options", [(), ("-k", "at_the_floor", "--golden-pythons", "2.7")])
def test_its_golden_entries_are_read(options: tuple[str, ...]) -> None:
    """The example's kept entries are read, and those at the floor by Python 2.7 as well."""
    if options:
        python("2.7")
    words = ["-m", "pytest", "-p", "shelflife.pytest_plugin", "-p", "no:cacheprovider", "-q"]
    place = ["-c", os.devnull, "--rootdir", str(EXAMPLE), str(EXAMPLE / "test_cached_values.py")]

    done = subprocess.run(
        [sys.executable, *words, *place, *options],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout
    assert f"{3 if options else 6} passed" in done.stdout


def test_the_pins_of_the_old_release_are_those_of_the_demo() -> None:
    """Both show the same incident."""
    from shelflife.cli.demo.environments import OLD_PINS  # noqa: PLC0415 - only here

    lines = (EXAMPLE / "old" / "requirements.txt").read_text(encoding="utf-8").split()
    assert tuple(lines) == OLD_PINS


def test_the_plans_differ_in_what_their_names_say() -> None:
    """Log, port and phases apart, the plans are one."""
    plans = {
        name: re.sub(r"\A(#.*\n)+", "", (EXAMPLE / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("naive", "shelflife", "ascii", "warmed")
    }
    mine = plans["shelflife"]

    assert plans["naive"] == mine.replace("port/", "naive/")
    assert plans["ascii"] == mine.replace("access.log", "access-ascii.log")
    assert plans["warmed"] == mine + "warm = 1.0\nexpire = false\n"
