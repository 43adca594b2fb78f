"""The demo's parts that need no server: options, interpreters, environments, the plan."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from cli.demo_runs import place, run_demo, variables
from shelflife.cli.command import run
from shelflife.cli.demo import environments, releases, replay, traffic
from shelflife.cli.demo.acts import Act, Story
from shelflife.cli.demo.interpreters import CannotRun, NotHere, find
from shelflife.cli.demo.service import exceptions_in
from shelflife.cli.demo.traffic import Phase


@pytest.mark.parametrize("option", ["--old", "--new"])
def test_an_interpreter_named_wrongly_is_an_error(option: str, tmp_path: Path) -> None:
    """A named interpreter that does not exist, or is none, is an error of one sentence."""
    program = tmp_path / "python9"
    program.write_text("#!/bin/sh\necho nonsense\n")
    program.chmod(0o755)
    for named in (str(tmp_path / "nowhere"), str(program), ""):
        with pytest.raises(CannotRun, match="no Python interpreter there"):
            find(("2.7",), named, option)


def test_the_command_says_which_interpreter_is_wrong() -> None:
    """The command ends with exit code 2, naming the option, and starts nothing."""
    with place() as folder:
        run = run_demo(folder, "--old", sys.executable)

    assert run.code == 2
    assert run.out == ""
    assert f"--old {sys.executable}: is Python 3." in run.err
    assert len(run.err.splitlines()) <= 2


def test_a_wrong_option_is_an_error() -> None:
    """An unknown option has exit code 2, as everywhere."""
    with place() as folder:
        assert run_demo(folder, "--unknown").code == 2


def test_without_the_extra_it_says_how_to_get_it() -> None:
    """Without click, rich or jinja2 there is one sentence and exit code 2."""
    for name in ("click", "rich", "jinja2"):
        code = (
            f"import sys; sys.modules[{name!r}] = None\n"
            "from shelflife.cli import main; sys.exit(main())"
        )
        with place() as folder:
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=folder,
                env=variables(folder),
                capture_output=True,
                text=True,
                check=False,
            )

        assert done.returncode == 2
        assert "pip install 'shelflife-cache[cli]'" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_failed_installation_leaves_everything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a network there is a reason, no half environment, and no other file is touched."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("kept")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotHere, match="installing for Python"):
        environments.make(environments.this_interpreter(), ("Flask==3.1.2",), Path())

    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
    assert (tmp_path / "precious" / "file").read_text() == "kept"


def test_environments_are_kept_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for environments is absolute whatever the variable says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")

    assert environments.default_folder() == tmp_path.resolve() / "relative/shelflife/demo"


def test_the_change_is_one_line() -> None:
    """The release on shelflife differs from the old one in its import alone."""
    changes = [line for line in releases.diff() if not line.startswith(("---", "+++"))]

    assert changes == [f"-{releases.OLD_LINE}", f"+{releases.NEW_LINE}"]


def test_every_release_is_first_to_write_some() -> None:
    """Both sides are asked first for some articles, and both serve in the mixed fleet."""
    assert [len(requests) for _, requests in traffic.plan()] == [40, 80, 120, 160]
    assert Counter(traffic.first_asked().values()) == {traffic.OLD: 90, traffic.NEW: 50}
    assert Counter(who for _, who in traffic.plan()[3][1]) == {traffic.OLD: 80, traffic.NEW: 80}


def test_exceptions_are_read_from_tracebacks() -> None:
    """The last line of each traceback is its exception; other lines are not."""
    log = (
        "[2019-03-04] ERROR in app: Exception on /articles/1 [GET]\n"
        "Traceback (most recent call last):\n"
        '  File "a.py", line 1, in f\n'
        "    g()\n"
        "ValueError: unsupported pickle protocol: 4\n"
        "KeyError: not one of a traceback\n"
    )

    assert exceptions_in(log * 2) == ["ValueError: unsupported pickle protocol: 4"] * 2


@pytest.mark.parametrize(
    ("incident", "shelflife", "unknown", "code"),
    [(5, 0, 0, 0), (5, 1, 0, 1), (0, 1, 0, 1), (0, 0, 0, 3), (5, 0, 2, 3), (5, 1, 2, 1)],
)
def test_exit_codes(incident: int, shelflife: int, unknown: int, code: int) -> None:
    """0 as told, 1 if shelflife failed, 3 if nothing was shown."""
    acts = [
        Act("port", [Phase("upgrade", "3.8", requests=9, errors=incident)]),
        Act("shelflife", [Phase("upgrade", "3.11", requests=9, wrong=shelflife)]),
    ]

    assert Story("redis", {}, acts, [], unknown_bytes=unknown).exit_code == code


def test_an_unforeseen_error_is_not_taken_for_a_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of our own ends with exit code 2, not with the 1 that says "incompatible"."""
    monkeypatch.setattr(replay, "play", lambda *_: 1 / 0)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        code = run(["demo", "--recorded"])
    finally:
        signal.signal(signal.SIGTERM, handler)

    assert code == 2
    assert "ZeroDivisionError" in capsys.readouterr().err
