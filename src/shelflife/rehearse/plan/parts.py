"""What a plan says, one class per table of its file.

Rules:
1. Whoever holds one of these may believe it: all texts were checked when the file was read.
2. A table's keys are its class's fields, in the words of the documentation.
3. Commands, environment, install steps and headers are templates: see `placeholders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Optional

_NOTHING: Mapping[str, str] = MappingProxyType({})
SAFE_METHODS = frozenset(("GET", "HEAD"))
KNOWN_FORMATS = ("combined", "common", "json")


def _nothing() -> Mapping[str, str]:
    return _NOTHING


@dataclass(frozen=True)
class ReleasePlan:
    """One of the two releases: how it is started, and when it is ready.

    Attributes:
        name: "old" or "new".
        command: What starts it: a template.
        cwd: Where it is started.
        env: Added to its environment: templates.
        ready: A path that answers when it is ready, such as "/health", or a URL on 127.0.0.1.
        ready_within: After so many seconds it should be.
        install: What is run before the first start: templates.
        python: A version ("2.7"), a path, or "this" for the Python that runs shelflife; what
            `{python}` in a template stands for.
        port: The port it listens on; None for a free one, which `{port}` tells it.
    """

    name: str
    command: str
    cwd: Path
    env: Mapping[str, str] = field(default_factory=_nothing)
    ready: str = "/"
    ready_within: float = 60.0
    install: tuple[str, ...] = ()
    python: Optional[str] = None
    port: Optional[int] = None


@dataclass(frozen=True)
class CachePlan:
    """The one cache that both releases share.

    Attributes:
        url: A server on the loopback that is there already; None for a private one.
        server: The program of the private one, if not the one that is found.
        options: Further options of that program.
        seed_entries: An RDB file whose entries are in the cache before anything else.
        prefix: What the keys of the services begin with.
        database: The database that they use.
    """

    url: Optional[str] = None
    server: Optional[str] = None
    options: tuple[str, ...] = ()
    seed_entries: Optional[Path] = None
    prefix: str = ""
    database: int = 0


@dataclass(frozen=True)
class LogPlan:
    """Which requests are sent, and how.

    Attributes:
        file: The log.
        format: One of `KNOWN_FORMATS`, or a name of `formats`.
        formats: Formats of the plan's own: regular expressions with named groups.
        methods: What is sent; all other requests are dropped, and counted.
        host: The Host header that is sent, if not the service's address.
        headers: Added to every request, instead of those of the log: templates.
        drop_headers: Headers of the log that are not sent, in lower case.
        rate: Requests a second; None for as fast as they are answered.
        concurrency: How many requests are on their way at once.
        most: How many requests are taken from a longer log.
        timeout: Seconds that an answer may take.
    """

    file: Path
    format: str = "combined"
    formats: Mapping[str, str] = field(default_factory=_nothing)
    methods: frozenset[str] = SAFE_METHODS
    host: Optional[str] = None
    headers: Mapping[str, str] = field(default_factory=_nothing)
    drop_headers: frozenset[str] = frozenset()
    rate: Optional[float] = None
    concurrency: int = 1
    most: int = 10_000
    timeout: float = 10.0


@dataclass(frozen=True)
class ComparePlan:
    """What is not compared, and which findings are meant.

    Attributes:
        ignore_headers: Names of headers, in lower case.
        ignore_paths: Places in JSON bodies: "$.generated_at", "$.items[*].id", "$..etag".
        ignore_patterns: Regular expressions; what they match in bodies is not compared.
        accept: Findings that are meant: "kind:pattern", such as "release:GET /v2/*".
    """

    ignore_headers: frozenset[str] = frozenset()
    ignore_paths: tuple[str, ...] = ()
    ignore_patterns: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhasesPlan:
    """How the requests are dealt to the phases.

    Attributes:
        warm: The share of the requests that the old release has seen before the upgrade.
        expire: Whether entries are made to expire between phases, so that each release is the
            first writer of some keys.
        seed: What decides all that is drawn by lot; None for a new one every time.
    """

    warm: float = 0.5
    expire: bool = True
    seed: Optional[int] = None


@dataclass(frozen=True)
class AdequacyPlan:
    """How much must be seen for a rehearsal to prove anything.

    Attributes:
        entries: Entries that must cross, per key class and direction.
        non_ascii: Whether text outside ASCII must be among them.
        ignore: Patterns of key classes of which nothing needs to be seen.
    """

    entries: int = 1
    non_ascii: bool = True
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A whole plan.

    Attributes:
        file: Where it was read.
        inject: Which requests are derived from the log's: "unicode".
    """

    file: Path
    cache: CachePlan
    old: ReleasePlan
    new: ReleasePlan
    log: LogPlan
    compare: ComparePlan = ComparePlan()
    phases: PhasesPlan = PhasesPlan()
    adequacy: AdequacyPlan = AdequacyPlan()
    inject: tuple[str, ...] = ()
