"""What the commands of `shelflife floor` share: which fleet, which moment, and how they end."""

from __future__ import annotations

import getpass
import re
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import click

from shelflife.cli.options import Span
from shelflife.errors import ConfigurationError, ServerError
from shelflife.fleet import registry_key
from shelflife.floors import Floor, parse_floor
from shelflife.stores import Store, open_store

FILE = click.Path(dir_okay=False, path_type=Path)
_F = TypeVar("_F", bound=Callable[..., Any])
_LAST_YEAR = 3000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMEOUT = 5.0  # seconds; a person can wait longer than a service


@dataclass(frozen=True)
class Fleet:
    """Which fleet a command is about.

    Attributes:
        name: Its name.
        store: Where its registry is.
    """

    name: str
    store: Store

    def command(self, words: tuple[str, ...]) -> str:
        """Give a command about this fleet, to copy."""
        start = ("shelflife", "floor", self.store.address)
        return shlex.join((*start, *words, "--fleet", self.name))


def fleet_options(function: _F) -> _F:
    """Give a command the options `--fleet` and `--json`."""
    options = (
        click.option(
            "--fleet",
            "fleet_name",
            envvar="SHELFLIFE_FLEET",
            help="The name of the fleet, as the caches have it: fleet=...",
        ),
        click.option("--json", "json_file", type=FILE, help="Write the report as JSON."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def change_options(function: _F) -> _F:
    """Give a command that changes something `--execute` and `--as` as well."""
    options = (
        click.option("--execute", is_flag=True, help="Do it. Without this, only a plan is shown."),
        click.option("--as", "by", metavar="NAME", help="Who does it, for the record."),
    )
    for option in reversed(options):
        function = option(function)
    return fleet_options(function)


@contextmanager
def open_fleet(name: Optional[str]) -> Iterator[Fleet]:
    """Open the fleet that the options name; what keeps a command from beginning is one sentence."""
    given = click.get_current_context().obj
    store = None
    try:
        name = name or given["fleet_name"]
        if not name:
            raise ConfigurationError("which fleet? Say --fleet NAME, or set SHELFLIFE_FLEET")
        registry_key(name)
        store = open_store(given["url"], connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT)
        yield Fleet(name, store)
    except (ConfigurationError, OSError) as error:
        raise click.ClickException(str(error)) from error
    except ServerError as error:
        raise click.ClickException(
            f"the registry of the fleet cannot be reached: {error}. Is the server up, is the URL "
            "right, and may the user run what docs/acl.md lists for this command?"
        ) from error
    finally:
        if store is not None:
            store.close()


def who(by: Optional[str]) -> str:
    """Give who does it, for the record.

    Raises:
        ConfigurationError: If that is no name.
    """
    if by is None:
        try:
            by = getpass.getuser()
        except (KeyError, OSError, ImportError):  # a container's user without a name
            by = "somebody"
        by = f"{by}@{socket.gethostname()}"[:200]
    if not by or not by.isprintable() or len(by) > 200:
        raise ConfigurationError("--as takes a line of up to 200 printable characters")
    return by


def words_of(by: Optional[str]) -> tuple[str, ...]:
    """Give the words of `--as`, if it was given."""
    return () if by is None else ("--as", by)


def reach_of(reads: Optional[str], python: Optional[str]) -> Optional[Floor]:
    """Give what `--reads` and `--python` say together; None if nothing.

    Raises:
        ConfigurationError: If one of them is missing or wrong.
    """
    if reads is None and python is None:
        return None
    if reads is None or python is None:
        raise ConfigurationError(
            "say both what the release reads and on which Python it runs: --reads werkzeug "
            "--python 2.7"
        )
    return parse_floor([*reads.split(","), f"python>={python.strip()}"])


def moment_of(text: str, now: float) -> float:
    """Give seconds since the epoch for `2d`, `2026-12-24` or `2026-12-24T18:00`.

    A day lasts until it ends; times without an offset are UTC.

    Raises:
        ConfigurationError: If it is none of these.
    """
    try:
        return now + Span().convert(text, None, None)
    except click.UsageError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"--until {text[:40]}: say a day (2026-12-24), a moment (2026-12-24T18:00) or a span "
            "(2d)"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    if moment.year > _LAST_YEAR:
        raise ConfigurationError(f"--until {text[:40]}: a pin ends before the year {_LAST_YEAR}")
    if _DAY.fullmatch(text):
        moment += timedelta(days=1)
    return moment.timestamp()
