"""The document of an audit: what its fields are, how it is written, how a baseline is read.

A document is a plain dict; these types are its schema, `docs/audit-report.md` explains each field.
A field that is added leaves the version alone; one that goes or changes its meaning raises it.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, Optional, TypedDict, Union, cast

from shelflife.errors import ConfigurationError
from shelflife.live.document import SCHEMA, VERSION


class Source(TypedDict):
    """What was audited."""

    shown: str
    kind: str
    server: str
    prefix: str


class Sampled(TypedDict):
    """What `--sample` left out."""

    asked: int
    of: int
    error_bound: float
    sentence: str


class Target(TypedDict):
    """One runtime that was asked about."""

    name: str
    shown: str
    python: str
    real: bool
    role: str
    protections: list[str]


class Seen(TypedDict):
    """How much was looked at."""

    keys: int
    entries: int
    bytes: int
    gone: int
    unreadable_types: int
    seen_twice: int


class Headline(TypedDict):
    """A line that a person acts on."""

    verdict: str
    sentence: str


class Verdict(TypedDict):
    """What one runtime makes of the entries of a group."""

    verdict: str
    reason: str
    stage: str
    detail: str


class Group(TypedDict):
    """The entries of one key class and one signature."""

    id: int
    key_class: str
    dialect: str
    owners: list[str]
    codec: str
    protocol: Optional[int]
    state: str
    names: list[str]
    features: list[str]
    writer: str
    count: int
    bytes: int
    without_ttl: int
    left_at_deploy: Optional[int]
    left: list[int]
    verdicts: dict[str, Verdict]
    rewritten: dict[str, Verdict]
    waived: Optional[str]
    known: bool
    keys: list[str]


class Decay(TypedDict):
    """How many unreadable entries still live after so many hours."""

    hours: list[float]
    unreadable: dict[str, list[int]]


class Fix(TypedDict):
    """Something to do, and the command that does it."""

    text: str
    command: str


class Effect(TypedDict):
    """What the audit itself did to the server."""

    keyspace_hits: int
    keyspace_misses: int
    no_touch: bool
    sentence: str


class Baseline(TypedDict):
    """What `--against` compared with."""

    file: str
    new: int
    known: int


class Document(TypedDict):
    """All of it."""

    schema: str
    version: int
    shelflife: str
    source: Source
    started_at: str
    seconds: float
    partial: Optional[str]
    sampled: Optional[Sampled]
    stage: str
    deploy_in: Optional[float]
    targets: list[Target]
    seen: Seen
    upgrade: Headline
    rollback: Headline
    order: Headline
    groups: list[Group]
    decay: Decay
    fixes: list[Fix]
    effect: Effect
    baseline: Optional[Baseline]
    exit_code: int
    next: str


def write(document: Document, path: Union[str, Path]) -> None:
    """Write the document as JSON, whole or not at all.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    write_json(document, path)


def write_json(found: Any, path: Union[str, Path]) -> None:
    """Write any document as JSON, whole or not at all.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    put(json.dumps(found, indent=1, allow_nan=False) + "\n", path)


def put(text: str, path: Union[str, Path]) -> None:
    """Write a report's text, so that whoever reads the file never sees half of it.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    goal = Path(path)
    part = goal.with_name(f"{goal.name}.{os.getpid()}.part")
    try:
        if _is_special(goal):  # /dev/stdout, a pipe: nothing to replace
            goal.write_text(text, encoding="utf-8")
            return
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(goal)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"cannot write the report {goal}: {error.strerror}; name a file in a folder that "
            "exists and may be written to"
        ) from None


def load_baseline(path: Union[str, Path]) -> Document:
    """Read the document of an earlier audit, for `--against`.

    Raises:
        ConfigurationError: It cannot be read, or is not a document of this schema and version.
    """
    remedy = "write one with `shelflife audit ... --json FILE`"
    try:
        found = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the baseline {path}: {error.strerror}; {remedy}"
        ) from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"the baseline {path} is not JSON; {remedy}") from None
    wrong = _mismatch(found)
    if wrong:
        raise ConfigurationError(f"the baseline {path} {wrong}; {remedy}")
    return cast("Document", found)


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


def _mismatch(found: Any) -> str:
    """Say why this is no document of ours; "" if it is one."""
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        return f'is no document of an audit (its schema is not "{SCHEMA}")'
    if found.get("version") != VERSION or isinstance(found["version"], bool):
        return (
            f"has version {str(found.get('version'))[:20]!r} of the schema, "
            f"and this shelflife reads version {VERSION}"
        )
    missing = sorted(Document.__required_keys__ - set(found))
    if missing:
        return f"is damaged: it lacks {', '.join(missing)}"
    groups = found["groups"]
    if not isinstance(groups, list) or not all(map(_is_group, groups)):
        return "is damaged: its groups are not what an audit writes"
    return ""


def _is_group(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and set(found) >= Group.__required_keys__
        and all(isinstance(found[key], str) for key in ("key_class", "dialect", "codec", "state"))
        and all(isinstance(found[key], list) for key in ("owners", "names", "features", "left"))
        and all(_are_verdicts(found[key]) for key in ("verdicts", "rewritten"))
    )


def _are_verdicts(found: Any) -> bool:
    return isinstance(found, dict) and all(
        isinstance(one, dict)
        and all(isinstance(one.get(key), str) for key in Verdict.__annotations__)
        for one in found.values()
    )
