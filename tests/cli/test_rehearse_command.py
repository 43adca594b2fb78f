"""The command `shelflife rehearse`, from its words to its reports."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import psutil
import pytest

from cli.rehearse_runs import TITLES, Ran, run, start, write_plan
from shelflife.testing import PrivateServer
from shelflife.testing.asking import ask

NO_TAG = "ValueError: this entry has no tag"


class Rehearsed(NamedTuple):
    """A rehearsal that was run, with all its reports."""

    ran: Ran
    document: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def rehearsed(
    server_program: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Rehearsed]:
    """Rehearse a port of the small service, once for each pair of formats."""
    done: dict[tuple[str, str], Rehearsed] = {}

    def rehearse(old: str, new: str) -> Rehearsed:
        if (old, new) not in done:
            folder = tmp_path_factory.mktemp("rehearsed")
            write_plan(folder, old, new)
            files = ("--json", "r.json", "--junit", "r.xml", "--html", "r.html")
            ran = run("plan.toml", "--seed", "7", "--keep-logs", "logs", *files, folder=folder)
            assert (folder / "r.json").exists(), ran
            document = json.loads((folder / "r.json").read_text(encoding="utf-8"))
            done[old, new] = Rehearsed(ran, document, folder)
        return done[old, new]

    return rehearse


def test_a_port_that_breaks_is_unsafe(rehearsed: Callable[[str, str], Rehearsed]) -> None:
    """Exit code 1, in both directions, with the exception, the entry and the next command."""
    ran, document, _ = rehearsed("plain", "tagged")

    assert ran.code == document["exit_code"] == 1
    assert document["verdict"] == "unsafe"
    assert NO_TAG in ran.out
    assert "read api:article:*, written by old" in " ".join(ran.out.split())
    assert ran.out.endswith(f"\nNext: {document['next']}\n")
    assert document["next"].startswith("shelflife rehearse plan.toml ")
    assert document["next"].endswith(" --seed 7")
    assert ran.err == ""


def test_the_logs_are_kept(rehearsed: Callable[[str, str], Rehearsed]) -> None:
    """Of each service in each phase, and of each private server."""
    _, _, folder = rehearsed("plain", "tagged")

    names = sorted(file.name for file in (folder / "logs").iterdir())
    assert "new-upgrade.log" in names
    assert "cache.log" in names
    assert sum(name.startswith("cache-alone-") for name in names) == 4
    assert (folder / "logs" / "cache.log").read_text(encoding="utf-8")


def test_a_port_that_does_not_is_safe(rehearsed: Callable[[str, str], Rehearsed]) -> None:
    """Exit code 0; the next command compares with production."""
    ran, document, _ = rehearsed("plain", "plain")

    assert ran.code == 0, ran.out
    assert document["verdict"] == "safe"
    assert document["next"].endswith("--against audit.json")
    assert document["log"]["dropped"] == {"POST": 1}
    assert document["log"]["unparsable"] == 1
    assert "s3cret" not in ran.out


def test_all_reports_are_written(rehearsed: Callable[[str, str], Rehearsed]) -> None:
    """The JSON, the page and the JUnit say the same; the logs of the services are kept."""
    ran, document, folder = rehearsed("plain", "tagged")
    suite = ET.parse(folder / "r.xml").getroot()[0]

    assert int(suite.attrib["failures"]) > 1
    assert NO_TAG in (folder / "r.html").read_text(encoding="utf-8")
    assert document["sentence"] in ran.out
    assert any(
        NO_TAG in file.read_text() for file in (folder / "logs").rglob("*") if file.is_file()
    )


def test_an_interruption_reports_what_was_seen(tmp_path: Path, server_program: str) -> None:
    """Ctrl-C gives 130 and SIGTERM 143; the report says that it is partial; no process is left."""
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        (tmp_path / "r.json").unlink(missing_ok=True)
        plan = write_plan(tmp_path)
        plan.write_text(f"{plan.read_text()}rate = 20\n")
        process = start("plan.toml", "--json", "r.json", folder=tmp_path)
        children = wait_for_services(process.pid)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)

        assert process.returncode == code, err
        assert "PARTIAL" in out
        document = json.loads((tmp_path / "r.json").read_text())
        assert document["exit_code"] == code
        assert document["verdict"] == "inconclusive"
        assert not [child for child in children if child.is_running()]


def wait_for_services(pid: int) -> list[psutil.Process]:
    """Wait until requests are sent to the services; give all processes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children = psutil.Process(pid).children(recursive=True)
        names = [" ".join(child.cmdline()) for child in children]
        if sum("rehearsed_service" in name for name in names) == 2:
            time.sleep(1.5)
            return psutil.Process(pid).children(recursive=True)
        time.sleep(0.05)
    raise AssertionError("the services did not start")


def test_a_cache_that_is_not_empty_is_refused(server: PrivateServer, tmp_path: Path) -> None:
    """With what to do about it; what is there stays."""
    ask(server, "SET", "mine", "1")
    write_plan(tmp_path, more=f'[cache]\nurl = "{server.url}"\n[phases]\nwarm = 0.5\n')
    ran = run("plan.toml", folder=tmp_path)

    assert ran.code == 2, ran.out
    assert "holds 1 keys" in ran.err or "holds 1 key" in ran.err
    assert ask(server, "GET", "mine") == b"1"


def test_seeded_entries_come_from_an_rdb_file(server: PrivateServer, tmp_path: Path) -> None:
    """They are in the rehearsal's cache from the start, and are production's."""
    for title in TITLES:
        value = json.dumps({"title": title, "words": [1, 2, 3]}, ensure_ascii=False)
        ask(server, "SET", f"api:article:{title}", value)
    ask(server, "SAVE")
    rdb = tmp_path / "dump.rdb"
    rdb.write_bytes((server.folder / "dump.rdb").read_bytes())
    write_plan(tmp_path)
    run("plan.toml", "--seed-entries", "dump.rdb", "--json", "r.json", folder=tmp_path)
    document = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))

    assert document["cache"]["seeded"] == len(TITLES)
    assert document["cache"]["seed_entries"] == "dump.rdb"
    assert "production" in {cell["writer"] for cell in document["matrix"]}
