"""What `--target` may say, and what it is told when it cannot work."""

from __future__ import annotations

import shlex
import sys

import pytest

from conftest import python
from runtimes.opened import target
from shelflife.errors import ConfigurationError
from shelflife.runtimes import open_target
from shelflife.runtimes.targets import is_remote


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("old=/no/such/python", "cannot be started: No such file"),
        ("old=/etc/passwd", "cannot be started: Permission denied"),
        ("old=true", "is no Python"),
        ("old=cat", "is no Python"),
        ("old=false", "exit status 1"),
        ("old=sh -c 'echo what is that >&2; exit 3'", "exit status 3: what is that"),
        ("old=sh -c 'sleep 60'", "no answer within 0.5 s"),
        ("old=yes", "answered nonsense"),
        ("old=", "a command is missing"),
        ("old='x", "cannot be split"),
        ("justaname", "give NAME=COMMAND"),
        ("a b=python3", "give NAME=COMMAND"),
        ("python3.2", "only for 2.7, 3.6"),
    ],
)
def test_what_cannot_work_is_told(spec: str, said: str) -> None:
    """In a sentence that says what to do."""
    with pytest.raises(ConfigurationError) as caught:
        open_target(spec, timeout=0.5)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("command", "remote"),
    [
        ("/opt/app/bin/python2.7", False),
        ("python3 -X dev", False),
        ("pypy3", False),
        ("docker exec -i api python", True),
        ("ssh host python3", True),
        ("sh -c python3", True),
        ("python-is-not-this", True),
    ],
)
def test_remote_commands_are_known(command: str, remote: bool) -> None:
    """Whatever is no interpreter itself."""
    assert is_remote(shlex.split(command)) is remote


def test_a_real_target_says_what_it_is() -> None:
    """Version, path and protocols."""
    old, new = target("2.7"), target("3.13")

    assert old.shown.startswith("Python 2.7.")
    assert old.shown.endswith(python("2.7"))
    assert [(r.version, r.default_protocol, r.highest_protocol, r.real) for r in (old, new)] == [
        ((2, 7), 0, 2, True),
        ((3, 13), 4, 5, True),
    ]


def test_any_command_that_ends_in_a_python_will_do() -> None:
    """Such as one behind a shell that prints on its own."""
    reader = open_target(f"x=sh -c 'echo Welcome; exec {sys.executable} -'")

    assert reader.version == sys.version_info[:2]
