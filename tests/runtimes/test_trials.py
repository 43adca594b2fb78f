"""Trials on real interpreters: what loads, what does not, and what harms nobody."""

from __future__ import annotations

import pickle
import socket
import time
from pathlib import Path

import pytest

from conftest import python
from runtimes.opened import Call, barred_target, running, target, tried
from shelflife.pickles.reader import Job
from shelflife.runtimes import open_target

VERSIONS = ["2.7", "3.6", "3.8", "3.13"]
SLOW = [
    pytest.param(version, marks=pytest.mark.slow)
    for version in ("3.7", "3.9", "3.10", "3.11", "3.12")
]
HARMLESS = Job(pickle.dumps([1, "x"], 2), rewrite="default")


@pytest.mark.parametrize("version", [*VERSIONS, *SLOW])
def test_a_value_is_loaded_and_written_again(version: str) -> None:
    """With the protocol that the runtime writes."""
    (trial,) = target(version).attempt([HARMLESS])

    assert (trial.status, trial.rewrite_error) == ("loaded", "")
    assert pickle.loads(trial.rewritten or b"") == [1, "x"]
    assert trial.tree["python"] == list(target(version).version)


@pytest.mark.parametrize("rewrite", ["highest", "1", "2"])
def test_it_is_written_as_asked(rewrite: str) -> None:
    """The newest protocol, or one by its number."""
    (trial,) = target("3.13").attempt([Job(pickle.dumps([1], 2), rewrite=rewrite)])

    head = {"highest": b"\x80\x05", "1": b"]q", "2": b"\x80\x02"}[rewrite]
    assert (trial.rewritten or b"").startswith(head)


def test_what_cannot_be_written_again_says_so() -> None:
    """The load stands."""
    (trial,) = target("3.13").attempt([running("lambda: 1")._replace(rewrite="default")])

    assert (trial.status, trial.rewritten) == ("loaded", None)
    assert "Pickl" in trial.rewrite_error or "Attribute" in trial.rewrite_error


def test_the_incident() -> None:
    """UTF-8 of Python 2 on 3.8, protocol 4 on 2.7, each in a sentence without the value."""
    theirs = b"S'caf\\xc3\\xa9'\np1\n."
    (failed,) = target("3.8").attempt([Job(theirs)])
    (refused,) = target("2.7").attempt([Job(pickle.dumps("café", 4))])

    assert (failed.status, failed.error) == ("raised", "builtins.UnicodeDecodeError")
    assert "'ascii' codec cannot decode what is at position 3" in failed.detail
    assert "unsupported pickle protocol: 4" in refused.detail


def test_messages_with_values_stay_out() -> None:
    """Only the type is told where a message might hold some of the value."""
    (trial,) = tried(target("3.8"), running("int('secret')"))

    assert (trial.error, trial.detail) == ("builtins.ValueError", "builtins.ValueError")


def test_the_loader_is_the_one_that_was_asked() -> None:
    """Python 2's two loaders differ in what they make of an opcode they do not know."""
    jobs = [Job(b"\x93.", loader) for loader in ("pickle", "cPickle")]
    slow, fast = target("2.7").attempt(jobs)

    assert (slow.error, fast.error) == ("builtins.KeyError", "cPickle.UnpicklingError")


HOSTILE = {
    "exits": ("__import__('os')._exit(0)", {"died"}),
    "kills itself": ("__import__('os').kill(__import__('os').getpid(), 9)", {"died"}),
    "kills its parent": (
        "__import__('os').kill(__import__('os').getppid(), 9)",
        {"loaded", "died"},
    ),
    "loops": ("sum(iter(int, 1))", {"timeout"}),
    "takes memory": ("bytearray(10**12)", {"over-budget"}),
    "grows": ("[x for x in iter(lambda: 'x' * 2**20 + str(id(0)), 1)]", {"over-budget"}),
    "floods": ("[__import__('os').write(1, b'x' * 2**16) for _ in range(5000)]", {"loaded"}),
    "quits": ("__import__('sys').exit(3)", {"raised"}),
    "deletes its folder": ("__import__('os').rmdir(__import__('os').getcwd())", {"loaded"}),
    "leaves a child": ("__import__('os').fork() or __import__('time').sleep(60)", {"loaded"}),
    "crashes": ("__import__('ctypes').string_at(1)", {"died"}),
    "deep": ("eval('['*90+']'*90)", {"loaded"}),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_hostile_values_cost_their_own_verdict(version: str) -> None:
    """All in one batch, and what follows them is loaded."""
    jobs = [running(source) for source, _ in HOSTILE.values()]

    trials = tried(target(version), *jobs)

    for (name, (_, allowed)), trial in zip(HOSTILE.items(), trials):
        assert trial.status in allowed, (name, trial)


@pytest.mark.parametrize("version", ["2.7", "3.13"])
def test_hostile_values_where_nothing_can_be_enforced(version: str) -> None:
    """Without name spaces, whoever ends all others is found and the others are asked again."""
    jobs = [running(source) for source, _ in HOSTILE.values()]

    trials = tried(barred_target(version), HARMLESS, *jobs)

    assert trials[0].status == "loaded"
    assert "network not enforced" in " ".join(barred_target(version).protections)
    for (name, (_, allowed)), trial in zip(HOSTILE.items(), trials[1:]):
        assert trial.status in allowed, (name, trial)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_memo_bomb_is_over_budget(version: str) -> None:
    """Seven bytes that take gigabytes in a bare loader."""
    (trial,) = tried(target(version), Job(b"Nr\xff\xff\xff\x0f."))

    assert trial.status in {"loaded", "over-budget"}  # Python 2 keeps its memo in a dict


def test_nobody_can_answer_for_another() -> None:
    """Text that looks like answers, on every descriptor there is, changes no verdict."""
    forged = (
        "[__import__('os').write(n, ('\\n' + __import__('sys').shelflife_program.NONCE +"
        ' \' A 1 {"s": "died"}\\n\').encode()) for n in map(int,'
        " __import__('os').listdir('/proc/self/fd')) if n < 3]"
    )
    _, second = tried(target("3.8"), running(forged), HARMLESS)

    assert second.status == "loaded"


def test_what_is_written_stays_empty_or_is_refused(tmp_path: Path) -> None:
    """Files outside the job's own folder are out of reach, or nothing can be put into them."""
    path = tmp_path / "written"
    tried(target("3.8"), running(f"open({str(path)!r}, 'w').write('x' * 10)"))

    assert not path.exists() or path.stat().st_size == 0


def test_a_listener_is_not_reached() -> None:
    """Where the protections say that there is no network."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        source = f"__import__('socket').create_connection(('127.0.0.1', {port}), 1)"
        trials = [
            *tried(target("3.8"), running(source)),
            *tried(barred_target("3.13"), running(source)),
        ]

        assert [trial.status for trial in trials] == ["raised", "raised"]
        with pytest.raises(socket.timeout):
            listener.accept()


def test_the_environment_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password among the variables is not there."""
    monkeypatch.setenv("SHELFLIFE_URL", "redis://:secret@h/0")
    names = "sorted(n for n in __import__('os').environ if 'SHELFLIFE' in n)"
    (trial,) = tried(target("3.8"), running(names))

    assert trial.tree["nodes"] == [["list"]]
    assert "environment scrubbed" in target("3.8").protections


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither folders nor processes."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tried(target("3.8"), running("open('x', 'w')"), running("__import__('os').mkdir('y')"))

    assert list(tmp_path.iterdir()) == []


def test_a_value_too_large_to_compare_is_over_budget() -> None:
    """A million of parts."""
    (trial,) = tried(target("3.8"), Job(pickle.dumps(list(range(1_000_000)), 2)))

    assert (trial.status, "too large" in trial.detail) == ("over-budget", True)


def test_imports_are_made_once() -> None:
    """What a job has imported is there for the next, so that it costs little."""
    job = Job(pickle.dumps(Call(__import__, "xmlrpc.client"), 4))
    target("3.8").attempt([job])
    began = time.monotonic()
    trials = target("3.8").attempt([job] * 200)

    assert {trial.status for trial in trials} == {"loaded"}
    assert time.monotonic() - began < 20


def test_no_trial_without_leave(tmp_path: Path) -> None:
    """A command that is no interpreter of this machine loads nothing unless it is allowed to."""
    remote = tmp_path / "ssh"
    remote.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    remote.chmod(0o755)
    spec = f"far={remote} host {python('3.8')}"
    (refused,) = open_target(spec).attempt([HARMLESS])
    (loaded,) = open_target(spec, trial_remote=True).attempt([HARMLESS])

    assert (refused.status, "--trial-remote" in refused.detail) == ("not-run", True)
    assert loaded.status == "loaded"
