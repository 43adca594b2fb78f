"""The story where no old Python is: act 1 is told from a recording, act 2 is shelflife, live.

The recorded bytes of Python 2.7 are put into a real Redis and read by shelflife. What shelflife
writes now is compared with the recorded bytes that the real old release is known to have read.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any

import redis

from shelflife.cache import Cache
from shelflife.cli.demo import articles, environments, releases, traffic
from shelflife.cli.demo.acts import Act, Progress, Runtime, Story, is_running
from shelflife.cli.demo.recording import Recording
from shelflife.cli.demo.traffic import NEW, OLD, Phase
from shelflife.lookup import Hit
from shelflife.testing import PrivateServer, server_version


def play(recorded: Recording, why: str, progress: Progress) -> Story:
    """Tell act 1 from the recording, and run act 2 on its bytes.

    Args:
        recorded: What the old release and its port did.
        why: Why the old release does not run here.
        progress: Is told how far it has come.
    """
    progress.say("starting a private server")
    with PrivateServer() as server:
        pid = server.pid
        progress.say("act 2: shelflife reads recorded entries")
        act, unknown = _play_act(recorded, server.url, progress)
    python = environments.this_interpreter().version
    packages = {"redis": importlib.metadata.version("redis")}
    return Story(
        server=server_version(server.program),
        runtimes={**recorded.runtimes, "shelflife": Runtime(python, packages)},
        acts=[Act("port", recorded.phases), act],
        diff=releases.diff(),
        left_running=[pid] if is_running(pid) else [],
        recorded={"date": recorded.date, "why": why},
        unknown_bytes=unknown,
    )


def _play_act(recorded: Recording, url: str, progress: Progress) -> tuple[Act, int]:
    phases, unknown = [], 0
    names = {OLD: "recorded 2.7", NEW: environments.this_interpreter().series}
    with (
        redis.Redis.from_url(url) as client,
        Cache(
            url, prefix="api:", ttl=600, reads="werkzeug", writes="werkzeug", floor="2.7"
        ) as cache,
    ):
        for name, requests in traffic.plan():
            answering = [names[by] for by in names if any(who == by for _, who in requests)]
            phase = Phase(name, " + ".join(answering))
            for number, by in requests:
                phase.requests += 1
                if by == NEW:
                    _read_live(phase, number, cache)
                else:
                    unknown += not _is_known(phase, number, client, recorded)
                progress.advance()
            phases.append(phase)
    return Act("shelflife", phases), unknown


def _read_live(phase: Phase, number: int, cache: Cache) -> None:
    key, value = f"article:{number}", articles.article(number).value()
    outcome = cache.lookup(key)
    if isinstance(outcome, Hit):
        phase.hits += 1
        phase.wrong += not _is_same(outcome.value, value)
        return
    phase.misses += 1
    phase.reasons[str(outcome.reason)] += 1
    cache.set(key, value)


def _is_known(phase: Phase, number: int, client: redis.Redis, recorded: Recording) -> bool:
    """Count what the recorded old release made of an entry; False if no recording tells."""
    key = f"api:article:{number}"
    raw = client.get(key)
    if raw is None:
        phase.misses += 1
        client.set(key, recorded.by_old[number], ex=600)
        return True
    known = raw in (recorded.by_old.get(number), recorded.by_shelflife.get(number))
    phase.hits += known
    return known


def _is_same(value: Any, wanted: Any) -> bool:
    return type(value) is type(wanted) and bool(value == wanted)
