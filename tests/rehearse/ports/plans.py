"""Writes the plan and the log with which a port is rehearsed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple, Optional
from urllib.parse import quote

from rehearse.ports.articles import ARTICLES

_TESTS = Path(__file__).resolve().parents[2]
_COMMAND = "{{python}} -m rehearse.ports.service {port} {{port}} {{cache_url}}"
_COMMAND_ON_2_7 = "{{python}} rehearse/ports/python2/{port}.py {{port}} {{cache_url}}"
_INSTALL = "{python} -m pip install --quiet --disable-pip-version-check --target {env} "
_RELEASE = """
[{name}]
python = "{python}"
command = "{command}"
cwd = "{tests}"
ready = "/health"
install = [{install}]
env = {{ RELEASE = "{name}", PYTHONPATH = "{path}" }}
"""


class Port(NamedTuple):
    """A port, and what its releases run on.

    Attributes:
        name: Its module below `rehearse.ports`.
        packages: What is installed for each, or None; old first.
        python: The Python of the old release.
    """

    name: str
    packages: tuple[Optional[str], Optional[str]] = (None, None)
    python: str = "this"


def write_plan(port: Port, folder: Path, seed: int = 7) -> Path:
    """Write plan and log into the folder, and give the plan."""
    releases = [_release(port, name) for name in ("old", "new")]
    log = '\n[log]\nfile = "access.log"\nformat = "common"\n'
    plan = folder / "plan.toml"
    plan.write_text("".join(releases) + log + f"\n[phases]\nseed = {seed}\n", encoding="utf-8")
    _write_log(folder / "access.log", seed)
    return plan


def _release(port: Port, name: str) -> str:
    is_old = name == "old"
    package = port.packages[0 if is_old else 1]
    on_2_7 = is_old and port.python == "2.7"
    return _RELEASE.format(
        name=name,
        python=port.python if is_old else "this",
        command=(_COMMAND_ON_2_7 if on_2_7 else _COMMAND).format(
            port=port.name.rpartition(".")[2] if on_2_7 else port.name
        ),
        tests=_TESTS,
        install=f'"{_INSTALL}{package}"' if package else "",
        path="{env}" if on_2_7 else f"{{env}}:{_TESTS}" if package else _TESTS,
    )


def _write_log(path: Path, seed: int) -> None:
    choice = random.Random(seed)
    targets = [f"/articles/{quote(each.slug)}" for each in ARTICLES] * 3
    choice.shuffle(targets)
    when = "[18/Nov/2019:10:00:00 +0000]"
    lines = [f'192.0.2.1 - - {when} "GET {each} HTTP/1.1" 200 99\n' for each in targets]
    path.write_text("".join(lines), encoding="ascii")
