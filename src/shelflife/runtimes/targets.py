"""What a `--target` says: `NAME=COMMAND`, or a bare `python3.12` that is judged from tables.

Rules:
1. A command whose program is no python or pypy of this machine is remote: ssh, docker, kubectl.
   `env NAME=VALUE ... python` is one of this machine.
"""

from __future__ import annotations

import re
import shlex
from pathlib import PurePath
from typing import Optional

from shelflife.errors import ConfigurationError
from shelflife.pickles.reader import Reader
from shelflife.runtimes.declared import DeclaredRuntime
from shelflife.runtimes.real import RealRuntime

_BARE = re.compile(r"python(\d+\.\d+)\Z")
_NAME = re.compile(r"[\w.-]{1,40}\Z")
_LOCAL = re.compile(r"(python|pypy)[\d.]*(\.exe)?\Z")


def is_remote(command: list[str]) -> bool:
    """Whether a command's program is anything but an interpreter."""
    if PurePath(command[0]).name == "env":
        command = [word for word in command[1:] if "=" not in word] or command
    return not _LOCAL.match(PurePath(command[0]).name)


def open_target(
    spec: str,
    *,
    setup: Optional[str] = None,
    trial_remote: bool = False,
    timeout: float = 30.0,
    limit: float = 5.0,
) -> Reader:
    """Give the runtime that a target's text names.

    Args:
        spec: `NAME=COMMAND` or `python3.12`.
        setup: "django", or the text of a program that prepares the interpreter.
        trial_remote: Whether values may be loaded by a remote command.
        timeout: How many seconds a command may stay silent.
        limit: How many seconds one name or value may take.

    Raises:
        ConfigurationError: It names none, or one that does not answer.
    """
    bare = _BARE.match(spec)
    if bare:
        return DeclaredRuntime(spec, bare.group(1))
    name, equals, text = spec.partition("=")
    if not equals or not _NAME.match(name):
        raise ConfigurationError(
            f"target {spec!r}: give NAME=COMMAND, such as old=/opt/app/bin/python2.7, or python3.12"
        )
    try:
        command = shlex.split(text)
    except ValueError as error:
        raise ConfigurationError(f"target {name}: {text!r} cannot be split: {error}") from error
    if not command:
        raise ConfigurationError(f"target {name}: a command is missing after the =")
    trials = trial_remote or not is_remote(command)
    return RealRuntime(
        name, command, setup=setup or "", trials=trials, timeout=timeout, limit=limit
    )
