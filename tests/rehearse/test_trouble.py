"""What cannot be rehearsed is said in a sentence, and no process is left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
import redis

from rehearse.rehearsing import Heard, log_line, open_cache_at, rehearse, write_plan
from shelflife.errors import ConfigurationError
from shelflife.rehearse.plan import read_plan
from shelflife.rehearse.rehearsal import Rehearsal
from shelflife.rehearse.settings import Settings
from shelflife.rehearse.trouble import CannotRehearse
from shelflife.testing import PrivateServer

pytestmark = pytest.mark.usefixtures("server_program")
ME = Path(__file__).parent


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """No process that a test has started is there when it ends."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    left = [c for c in psutil.Process().children(recursive=True) if c.pid not in before]
    assert not [child.cmdline() for child in left if child.status() != psutil.STATUS_ZOMBIE]


def trouble_of(plan: Path) -> str:
    with pytest.raises((CannotRehearse, ConfigurationError)) as caught:
        rehearse(plan)
    return str(caught.value)


def test_a_service_that_is_not_ready_in_time(tmp_path: Path) -> None:
    """The message names the release, its ready path and what to look at."""
    plan = write_plan(tmp_path, new="deaf")
    plan.write_text(plan.read_text().replace("ready_within = 5", "ready_within = 1.5"))

    message = trouble_of(plan)

    assert message.startswith("[new] is not ready after 1.5 s: it does not answer")
    assert "/health" in message


def test_a_service_that_ends_at_once(tmp_path: Path) -> None:
    """Its last words are in the message."""
    message = trouble_of(write_plan(tmp_path, old="gone"))

    assert message.startswith("[old] ended before it was ready (1)")
    assert "the configuration is missing" in message


def test_a_service_that_ends_at_a_request(tmp_path: Path) -> None:
    """By itself, on a cache of its own: then there is nothing to rehearse."""
    message = trouble_of(write_plan(tmp_path, new="ends", lines=log_line("/ends")))

    assert "[new] ended by itself (exit code 7) at GET /ends" in message


def test_a_service_that_answers_only_errors(tmp_path: Path) -> None:
    """Found in the first phase, and said."""
    message = trouble_of(write_plan(tmp_path, old="errors"))

    assert message.startswith("[old] answers only errors, on a cache of its own as well")
    assert "status 500" in message


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    """The message quotes the command."""
    plan = write_plan(tmp_path)
    plan.write_text(plan.read_text().replace('command = "{python} ', 'command = "/no/such ', 1))

    assert "[old] command: `/no/such" in trouble_of(plan)


def test_a_busy_port(tmp_path: Path) -> None:
    """The message names the port, and how to have a free one."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        plan = write_plan(tmp_path)
        plan.write_text(plan.read_text().replace("[old]", f"[old]\nport = {port}"))

        message = trouble_of(plan)

    assert message.startswith(f"[old] port {port} is in use")
    assert "{port}" in message


def test_a_python_that_is_missing(tmp_path: Path) -> None:
    """The message says where it was looked for."""
    plan = write_plan(tmp_path)
    plan.write_text(plan.read_text().replace("[new]", '[new]\npython = "3.99"'))

    assert "[new] python = '3.99': no such Python on PATH" in trouble_of(plan)


def test_an_install_step_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message quotes the step and its last words; the next run tries again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    plan = write_plan(tmp_path)
    step = 'install = ["{python} -c \'raise SystemExit(\\"error: no index\\")\'"]'
    plan.write_text(plan.read_text().replace("[new]", f"[new]\n{step}"))

    for _ in range(2):
        message = trouble_of(plan)
        assert message.startswith("[new] install: `")
        assert "error: no index" in message


def test_an_empty_log(tmp_path: Path) -> None:
    """There is nothing to send."""
    plan = write_plan(tmp_path, texts=[])

    assert "access.log" in trouble_of(plan)


def test_a_cache_that_is_not_empty(tmp_path: Path) -> None:
    """A server that is there already must hold nothing, and keeps what it holds."""
    with PrivateServer() as server, redis.Redis.from_url(server.url) as client:
        client.set("somebody", "elses")
        plan = write_plan(tmp_path, more=f'[cache]\nurl = "{server.url}"\n')
        open_there = partial(open_cache_at, server.url)
        rehearsal = Rehearsal(read_plan(plan), Settings(seed=7), open_there, Heard())
        with pytest.raises(CannotRehearse, match="holds 1 keys in database 0"):
            rehearsal.run()
        assert client.get("somebody") == b"elses"


@pytest.mark.slow  # each of its processes takes 5 seconds to be killed
def test_a_stubborn_service_is_ended_with_its_children(tmp_path: Path) -> None:
    """It ignores SIGTERM, and so is killed; so is what it has started."""
    logs = tmp_path / "logs"

    rehearse(write_plan(tmp_path, new="stubborn"), Settings(seed=7, keep_logs=logs))

    said = "".join(file.read_text() for file in logs.glob("new-*.log"))
    pids = [int(pid) for pair in re.findall(r"child (\d+) of (\d+)", said) for pid in pair]
    assert len(pids) >= 10
    assert not [pid for pid in pids if _runs(pid)]


def test_an_interruption_ends_everything(tmp_path: Path) -> None:
    """Ctrl-C in the middle: nothing is left, whatever phase it was in."""
    plan = write_plan(tmp_path, texts=[f"größe {number}" for number in range(400)])
    words = [sys.executable, str(ME / "interrupted.py"), str(plan)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=env, start_new_session=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"phase learn\n"
        time.sleep(1.0)
        children = psutil.Process(run.pid).children(recursive=True)
        os.kill(run.pid, signal.SIGINT)
        said = run.stdout.read()
        code = run.wait(20)

    assert children
    assert (code, said) == (130, b"interrupted in phase learn\n")
    assert not [child.pid for child in children if _runs(child.pid)]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
