"""Writes a plan for `small_service` and rehearses it in this process, on private servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Optional
from urllib.parse import quote

from shelflife.rehearse.document import rehearsal_document
from shelflife.rehearse.outcome import Outcome
from shelflife.rehearse.plan import read_plan
from shelflife.rehearse.rehearsal import Rehearsal
from shelflife.rehearse.settings import Settings
from shelflife.testing import PrivateServer

SERVICE = Path(__file__).with_name("small_service.py")
TEXTS = [f"größe {number}" for number in range(12)] + [f"plain{number}" for number in range(12)]


class Cache(NamedTuple):
    """A running server, for the rehearsal."""

    url: str
    shown: str = "a private server"
    private: bool = True


class Heard:
    """What the rehearsal has told of itself."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, int]] = []
        self.answers = 0

    def phase(self, name: str, total: int) -> None:
        self.phases.append((name, total))

    def advance(self, bad: bool) -> None:
        self.answers += 1

    def say(self, text: str) -> None:
        """Nobody listens."""


@contextmanager
def open_cache(entries: Optional[Path], shared: bool) -> Iterator[Cache]:
    """Start a private server, with the entries of an RDB file."""
    server = PrivateServer("--dbfilename", "entries.rdb")
    if entries is not None:
        shutil.copyfile(entries, server.folder / "entries.rdb")
    with server:
        yield Cache(server.url)


@contextmanager
def open_cache_at(url: str, entries: Optional[Path], shared: bool) -> Iterator[Cache]:
    """Give a server that is there already as the shared one; copies are private."""
    if shared:
        yield Cache(url, private=False)
    else:
        with open_cache(entries, shared) as copy:
            yield copy


def log_line(target: str, method: str = "GET") -> str:
    """Give a line of a log."""
    when = "[18/Nov/2019:10:00:00 +0000]"
    return f'192.0.2.1 - - {when} "{method} {target} HTTP/1.1" 200 99\n'


def write_plan(
    folder: Path,
    old: str = "well",
    new: str = "well",
    *,
    texts: Sequence[str] = TEXTS,
    lines: str = "",
    log: str = "",
    more: str = "",
) -> Path:
    """Write a plan and its log.

    Args:
        folder: Where.
        old: How the old release behaves.
        new: How the new one does.
        texts: What is asked for.
        lines: Further lines of the log.
        log: Further keys of [log].
        more: Further tables.
    """
    asked = "".join(log_line(f"/texts/{quote(text)}") for text in texts)
    (folder / "access.log").write_text(asked + lines, encoding="ascii")
    releases = "".join(
        f"""
[{name}]
command = "{{python}} {SERVICE} {how} {{port}} {{cache_port}}"
env = {{ RELEASE = "{name}" }}
ready = "/health"
ready_within = 5
"""
        for name, how in (("old", old), ("new", new))
    )
    plan = folder / "plan.toml"
    plan.write_text(
        f'{releases}\n[log]\nfile = "access.log"\nformat = "common"\n{log}\n{more}\n',
        encoding="utf-8",
    )
    return plan


def rehearse(plan: Path, settings: Optional[Settings] = None) -> tuple[Outcome, dict[str, Any]]:
    """Give what a rehearsal found out, and its document."""
    settings = settings or Settings(seed=7)
    outcome = Rehearsal(read_plan(plan), settings, open_cache, Heard()).run()
    return outcome, rehearsal_document(outcome, "shelflife rehearse plan.toml")
