"""What convert, purge and undo share: which entries, how gently, and where it is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import click

from shelflife.cli.options import Positive, Span
from shelflife.dialects import KNOWN
from shelflife.live.repair.selection import Selection
from shelflife.live.throttle import Gentleness, Thresholds
from shelflife.lookup import Reason

FILE = click.Path(dir_okay=False, path_type=Path)
_F = TypeVar("_F", bound=Callable[..., Any])
_RAMP = re.compile(r"(\d+(?:\.\d+)?)(?:/(s|m|h))?")
_SECONDS = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


class Ramp(click.ParamType):  # type: ignore[type-arg]  # click 8.1 has no such arguments
    """Entries a second, written 50/s, 3000/m or 50."""

    name = "rate"

    def convert(
        self, value: object, param: Optional[click.Parameter], ctx: Optional[click.Context]
    ) -> float:
        """Give entries a second; see click."""
        if isinstance(value, float):
            return value
        match = _RAMP.fullmatch(str(value).strip())
        if match is None or float(match[1]) <= 0:
            self.fail(f"{str(value)[:40]!r} is no rate: write 50/s or 3000/m", param, ctx)
        return float(match[1]) / _SECONDS[match[2]]


def _all(*options: Callable[[_F], _F]) -> Callable[[_F], _F]:
    def decorate(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def selection_options(function: _F) -> _F:
    """Give a command the options that choose entries."""
    return _all(
        click.option("--prefix", default="", help="Only keys that begin with this."),
        click.option(
            "--dialect",
            "dialects",
            multiple=True,
            type=click.Choice(sorted(KNOWN)),
            metavar="DIALECT",
            help="Only entries of this dialect, as the audit names it. May be repeated.",
        ),
        click.option(
            "--fails",
            multiple=True,
            metavar="TARGET",
            help="Only what this target fails to read. May be repeated.",
        ),
        click.option(
            "--changed",
            multiple=True,
            metavar="TARGET",
            help="Only what this target reads as another value (with --stage trial).",
        ),
        click.option(
            "--reason",
            "reasons",
            multiple=True,
            type=click.Choice([reason.value for reason in Reason]),
            metavar="REASON",
            help="Only what is not read for this reason: py2-bytes, protocol, corrupt, ...",
        ),
        click.option("--no-ttl", is_flag=True, help="Only what never expires."),
        click.option(
            "--reads",
            type=click.Choice(sorted(KNOWN)),
            metavar="DIALECT",
            help="What the service reads with; else each entry is recognised by itself.",
        ),
    )(function)


def gentle_options(function: _F) -> _F:
    """Give a command the options that say how gently entries are changed."""
    return _all(
        click.option("--rate", type=Positive(), help="Change at most so many entries a second."),
        click.option(
            "--batch-time",
            type=Positive(),
            default=50.0,
            show_default=True,
            metavar="MS",
            help="Make batches as large as so many milliseconds allow.",
        ),
        click.option("--max-latency", type=Positive(), metavar="MS", help="Pause above this PING."),
        click.option("--max-ops", type=Positive(), help="Pause above so many commands a second."),
        click.option("--max-lag", type=Span(), help="Pause while a replica is so far behind: 2s."),
        click.option(
            "--max-memory",
            type=click.FloatRange(0, 100, min_open=True),
            metavar="PERCENT",
            help="Pause while maxmemory is so full.",
        ),
        click.option("--critical-latency", type=Positive(), metavar="MS", help="Stop above it."),
        click.option("--critical-ops", type=Positive(), help="Stop above it."),
        click.option("--critical-lag", type=Span(), help="Stop above it."),
        click.option(
            "--critical-memory",
            type=click.FloatRange(0, 100, min_open=True),
            metavar="PERCENT",
            help="Stop above it.",
        ),
        click.option("--pause-file", type=FILE, help="Pause while this file exists."),
        click.option(
            "--accept-touch",
            is_flag=True,
            help="Read although that counts as use (LRU, LFU).",
        ),
    )(function)


def writing_options(function: _F) -> _F:
    """Give a command the options that say whether anything is changed, and what is written."""
    return _all(
        click.option("--execute", is_flag=True, help="Do it. Without this, only a plan is shown."),
        click.option(
            "--journal", type=FILE, help="Where the old bytes are kept; a new file by default."
        ),
        click.option("--resume", is_flag=True, help="Go on where the journal ends."),
        click.option(
            "--same-server",
            is_flag=True,
            help="The journal's server is this one, by another name.",
        ),
        click.option("--json", "json_file", type=FILE, help="Write the report as JSON."),
    )(function)


def selection_of(given: dict[str, Any], *, state: bool = False) -> Selection:
    """Give the selection that the options say."""
    return Selection(
        prefix=given["prefix"],
        dialects=given["dialects"],
        fails=given["fails"],
        changed=given["changed"],
        reasons=given["reasons"],
        no_ttl=given["no_ttl"],
        state=state,
    )


def gentleness_of(given: dict[str, Any]) -> Gentleness:
    """Give how gently the options say that entries are changed."""
    return Gentleness(
        rate=given["rate"],
        ramp=given.get("ramp"),
        batch_seconds=given["batch_time"] / 1000,
        pause_above=_thresholds(given, "max"),
        abort_above=_thresholds(given, "critical"),
        pause_file=given["pause_file"],
        origin=given.get("origin_check"),
    )


def _thresholds(given: dict[str, Any], word: str) -> Thresholds:
    latency, memory = given[f"{word}_latency"], given[f"{word}_memory"]
    return Thresholds(
        latency=latency and latency / 1000,
        ops=given[f"{word}_ops"],
        lag=given[f"{word}_lag"],
        memory=memory and memory / 100,
    )
