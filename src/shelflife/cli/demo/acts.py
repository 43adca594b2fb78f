"""The story as it really happens: servers and services are started, asked, and ended."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Protocol

import redis

from shelflife.cli.demo import articles, releases, traffic
from shelflife.cli.demo.releases import Release, Releases
from shelflife.cli.demo.service import Service
from shelflife.cli.demo.traffic import Phase
from shelflife.testing import PrivateServer, server_version


class Progress(Protocol):
    """Is told how far the demo has come."""

    def say(self, text: str) -> None:
        """What is being done now."""

    def advance(self) -> None:
        """One more request has been answered."""


@dataclass
class Act:
    """Some traffic, what came of it, and the entries that it left behind.

    Attributes:
        new: "port" or "shelflife": which release replaced the old one.
        phases: What came of each phase.
        entries: The bytes under each article's key when it ended.
    """

    new: str
    phases: list[Phase]
    entries: dict[int, bytes] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many requests there were."""
        return sum(phase.requests for phase in self.phases)

    @property
    def failed(self) -> int:
        """How many requests did not get the article."""
        return sum(phase.failed for phase in self.phases)

    @property
    def exceptions(self) -> Counter[str]:
        """The exceptions of all phases, and how many of each."""
        return sum((phase.exceptions for phase in self.phases), Counter())


@dataclass
class Runtime:
    """What the story says of a release: its Python, and the packages that it imported."""

    python: str
    packages: dict[str, str]


@dataclass
class Story:
    """All that is told.

    Attributes:
        server: The Redis that was used.
        runtimes: By release: "old", "port", "shelflife".
        acts: The incident, and the same traffic with shelflife.
        diff: What differs between the programs of "old" and "shelflife".
        services: How many services were started.
        seconds: How long it took, preparations included.
        left_running: Process ids that were started and are still there.
        recorded: When act 1 was recorded and why it is replayed; None if all ran live.
        unknown_bytes: In a replay, entries of which no recording says that the old one reads them.
    """

    server: str
    runtimes: dict[str, Runtime]
    acts: list[Act]
    diff: list[str]
    services: int = 0
    seconds: float = 0.0
    left_running: list[int] = field(default_factory=list)
    recorded: Optional[dict[str, str]] = None
    unknown_bytes: int = 0

    @property
    def exit_code(self) -> int:
        """Give 0 if it came out as told, 1 if shelflife had errors, 3 if it shows nothing."""
        if self.acts[1].failed:
            return 1
        return 3 if self.acts[0].failed == 0 or self.unknown_bytes else 0


def play(deployed: Releases, progress: Progress) -> Story:
    """Run both acts on a private server, live.

    Raises:
        NoServer: If there is no Redis to start.
        CannotRun: If a service does not start.
    """
    pids: list[int] = []
    progress.say("starting a private server")
    with tempfile.TemporaryDirectory(prefix="shelflife-demo-") as made, PrivateServer() as server:
        pids.append(server.pid)
        folder = Path(made)
        articles.write_database(folder / "articles.db", traffic.ARTICLES)
        acts = []
        for number, new in ((1, deployed.port), (2, deployed.shelflife)):
            progress.say(f"act {number}: Python {deployed.old.interpreter.version} and {new.name}")
            acts.append(_play_act(deployed.old, new, server, folder, pids, progress))
    return Story(
        server=server_version(server.program),
        runtimes={
            each.name: Runtime(each.interpreter.version, each.packages)
            for each in (deployed.old, deployed.port, deployed.shelflife)
        },
        acts=acts,
        diff=releases.diff(),
        services=len(pids) - 1,
        left_running=[pid for pid in pids if is_running(pid)],
    )


def is_running(pid: int) -> bool:
    """Tell whether there is a process of this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return False
    return True


def _play_act(
    old: Release,
    new: Release,
    server: PrivateServer,
    folder: Path,
    pids: list[int],
    progress: Progress,
) -> Act:
    with contextlib.ExitStack() as running, redis.Redis.from_url(server.url) as client:
        client.flushall()
        services = {}
        for who, release in ((traffic.OLD, old), (traffic.NEW, new)):
            service = Service(release, server.port, folder / "articles.db", folder)
            services[who] = running.enter_context(service)
            pids.append(service.pid)
        phases = traffic.run(services, progress.advance)
        return Act(new.name, phases, _entries(client))


def _entries(client: redis.Redis) -> dict[int, bytes]:
    numbers = range(1, traffic.ARTICLES + 1)
    found = client.mget([f"api:article:{number}" for number in numbers])
    return {number: raw for number, raw in zip(numbers, found) if isinstance(raw, bytes)}
