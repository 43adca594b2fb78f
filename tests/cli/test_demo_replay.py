"""The demo where no old Python is: a recording, said to be one, and shelflife live on its bytes."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo_runs import Run, place, processes_in, run_demo
from shelflife.cli.demo import recording, replay, traffic


class Silence:
    def say(self, text: str) -> None: ...

    def advance(self) -> None: ...


@pytest.fixture(scope="module")
def replayed(server_program: str) -> Iterator[Run]:
    with place() as folder:
        run = run_demo(folder, "--recorded")

        assert processes_in(folder) == []
        yield run


def test_it_says_that_it_is_a_recording(replayed: Run) -> None:
    """Nothing that was recorded is presented as live."""
    assert replayed.code == 0, replayed.out + replayed.err
    assert "Act 1 is a recording of" in replayed.out
    assert "not live" in replayed.out
    assert "It all ran just now" not in replayed.out
    assert replayed.facts is not None
    assert replayed.facts["live"] is False
    assert replayed.facts["recorded"]["why"] == "--recorded was given"


def test_it_tells_the_same_story(replayed: Run) -> None:
    """The figures of the recording, and shelflife's own on recorded bytes, are the live ones."""
    assert replayed.figures(1, "errors") == [0, 40, 40, 80]
    assert replayed.figures(2, "errors") == replayed.figures(2, "wrong") == [0, 0, 0, 0]
    assert replayed.figures(2, "hits") == [0, 40, 80, 140]
    assert replayed.facts is not None
    assert replayed.facts["acts"][1]["phases"][1]["reasons"] == {"absent": 40}
    assert len(replayed.out.splitlines()) <= 28
    assert max(map(len, replayed.out.splitlines())) <= 100


def test_it_replays_where_no_interpreter_is_found(server_program: str) -> None:
    """A machine without Python 2.7 gets the recording, and is told why."""
    with place() as folder:
        run = run_demo(
            folder,
            PATH=str(folder),
            HOME=str(folder),
            PYENV_ROOT=str(folder),
            SHELFLIFE_REDIS_SERVER=str(shutil.which(server_program)),
        )

    assert run.code == 0, run.out + run.err
    assert run.facts is not None
    assert "no Python 2.7" in run.facts["recorded"]["why"]


def test_unknown_bytes_show_nothing(server_program: str) -> None:
    """Entries that the real old release was never seen to read make the replay inconclusive."""
    known = recording.load()
    number = next(iter(known.by_shelflife))
    unlike = dataclasses.replace(known, by_shelflife={**known.by_shelflife, number: b"!other"})
    story = replay.play(unlike, "a test", Silence())

    assert story.unknown_bytes >= 1
    assert story.exit_code == 3


def test_other_values_are_errors_of_shelflife(server_program: str) -> None:
    """A recorded entry that does not give its article makes the replay fail."""
    known = recording.load()
    other = dict.fromkeys(known.by_old, known.by_old[1])
    story = replay.play(dataclasses.replace(known, by_old=other), "a test", Silence())

    assert story.acts[1].failed > 0
    assert story.exit_code == 1


def test_the_recording_is_of_this_plan() -> None:
    """The recording has every entry of the plan, written by the release that is asked first."""
    known = recording.load()
    writers = traffic.first_asked()

    assert set(known.by_old) == {n for n, who in writers.items() if who == traffic.OLD}
    assert set(known.by_shelflife) == {n for n, who in writers.items() if who == traffic.NEW}
    assert all(raw.startswith(b"!\x80\x02") for raw in known.by_shelflife.values())
    assert known.runtimes["old"].python.startswith("2.7.")
    assert (Path(replay.__file__).parent / "recorded.jsonl").stat().st_size < 200_000
