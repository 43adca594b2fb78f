"""The demo on real runtimes: Python 2.7, Python 3.8 and this one."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.demo_runs import Run, place, processes_in, run_demo, variables, words
from conftest import missing, python
from shelflife.cli.demo import articles, releases, traffic
from shelflife.cli.demo.interpreters import NotHere
from shelflife.cli.demo.releases import Release, Releases
from shelflife.cli.demo.service import Service
from shelflife.testing import PrivateServer


class Silence:
    def say(self, text: str) -> None: ...

    def advance(self) -> None: ...


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments").resolve()


@pytest.fixture(scope="module")
def deployed(environments: Path) -> Releases:
    try:
        return releases.prepare(python("2.7"), python("3.8"), environments, Silence().say)
    except NotHere as error:
        missing("network", str(error))
        raise


@pytest.fixture(scope="module")
def options(deployed: Releases, environments: Path) -> list[str]:
    old, new = deployed.old.interpreter.path, deployed.port.interpreter.path
    return ["--old", str(old), "--new", str(new), "--env-dir", str(environments)]


@pytest.fixture
def folder() -> Iterator[Path]:
    with place() as made:
        yield made


@pytest.fixture(scope="module")
def live(options: list[str], server_program: str) -> Iterator[Run]:
    with place() as made:
        run = run_demo(made, *options)
        left = processes_in(made)

        assert left == []
        assert sorted(path.name for path in made.iterdir()) == ["figures.json"]
        yield run


def test_the_story_comes_out_as_told(live: Run) -> None:
    """Act 1 fails on both sides as in 2019; act 2 fails nowhere."""
    assert live.code == 0, live.out + live.err
    assert live.figures(1, "requests") == live.figures(2, "requests") == [40, 80, 120, 160]
    assert live.figures(1, "errors") == [0, 40, 40, 80]
    assert live.figures(1, "hits") == [0, 0, 40, 60]
    assert live.figures(1, "wrong") == [0, 0, 0, 0]
    assert live.figures(2, "errors") == live.figures(2, "wrong") == [0, 0, 0, 0]
    assert live.figures(2, "hits") == [0, 40, 80, 140]
    assert live.figures(2, "misses") == [40, 40, 40, 20]


def test_misses_on_shelflife_have_reasons(live: Run) -> None:
    """Every miss of the release on shelflife is counted under its reason."""
    assert live.facts is not None
    reasons = [phase["reasons"] for phase in live.facts["acts"][1]["phases"]]

    assert reasons == [{}, {"absent": 40}, {}, {"absent": 10}]


def test_the_texts_are_the_runtimes_own(live: Run) -> None:
    """The exceptions of the two directions are shown, with the one line that was changed."""
    assert "UnicodeDecodeError: 'ascii' codec can't decode byte" in live.out
    assert "ValueError: unsupported pickle protocol: 4" in live.out
    assert "-from werkzeug.contrib.cache import RedisCache" in live.out
    assert "+from shelflife.cachelib import RedisCache" in live.out
    assert "Of 400 requests, 160 failed in act 1 and 0 in act 2." in live.out


def test_it_fits_a_terminal(live: Run) -> None:
    """About 25 lines of at most 100 columns, nothing on standard error, no colour codes."""
    lines = live.out.splitlines()

    assert len(lines) <= 28
    assert max(map(len, lines)) <= 100
    assert live.err == ""
    assert "\x1b" not in live.out


def test_it_says_what_ran_and_that_nothing_is_left(live: Run) -> None:
    """The versions are the real ones, and no process is left running."""
    assert live.facts is not None
    assert live.facts["live"] is True
    assert live.facts["releases"]["old"]["python"].startswith("2.7.")
    assert live.facts["releases"]["old"]["packages"]["Werkzeug"] == "0.16.1"
    assert live.facts["left_running"] == []
    assert "Started 1 server and 4 services; none is left running." in live.out


@pytest.mark.usefixtures("server_program")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_every_process(
    options: list[str], folder: Path, number: signal.Signals, code: int
) -> None:
    """Ctrl-C or a termination in mid-act leaves no service and no server behind."""
    demo = subprocess.Popen(
        words(*options),
        cwd=folder,
        env=variables(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while len(psutil.Process(demo.pid).children()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    demo.send_signal(number)
    ended_with = demo.wait(30)

    assert ended_with == code
    assert processes_in(folder) == []
    assert list(folder.iterdir()) == []


def test_a_service_ends_with_its_parent(deployed: Releases, server: PrivateServer) -> None:
    """A service whose standard input is closed, as by a killed parent, ends by itself."""
    with place() as folder:
        articles.write_database(folder / "articles.db", 1)
        with Service(deployed.old, server.port, folder / "articles.db", folder) as service:
            process = service._process
            assert process is not None
            assert process.stdin is not None
            process.stdin.close()

            assert process.wait(10) == 0


def changed(release: Release, line: str, instead: str) -> Release:
    assert release.source.count(line) == 1
    return dataclasses.replace(release, source=release.source.replace(line, instead))


def test_a_wrong_answer_is_a_failure(deployed: Releases, server: PrivateServer) -> None:
    """An answer of status 200 that is not the article counts as failed."""
    wrong = changed(deployed.old, '"title": row[1]', '"title": row[2]')
    with place() as folder:
        articles.write_database(folder / "articles.db", traffic.ARTICLES)
        with Service(wrong, server.port, folder / "articles.db", folder) as service:
            phases = traffic.run({traffic.OLD: service, traffic.NEW: service}, lambda: None)

    assert [phase.wrong for phase in phases] == [phase.requests for phase in phases]
    assert sum(phase.failed for phase in phases) == 400


def test_a_service_that_dies_is_told(deployed: Releases, server: PrivateServer) -> None:
    """Requests that nobody answers count as failed."""
    dying = changed(deployed.old, "    key = ", "    os._exit(1)\n    key = ")
    with place() as folder:
        articles.write_database(folder / "articles.db", traffic.ARTICLES)
        with Service(dying, server.port, folder / "articles.db", folder) as service:
            phases = traffic.run({traffic.OLD: service, traffic.NEW: service}, lambda: None)

    assert sum(phase.failed for phase in phases) == 400
