"""Reads a plan from its TOML file.

Rules:
1. All that can be wrong with a plan is said before anything is started or sent.
2. The keys of a table are the fields of its class in `parts`, so that neither can miss one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from shelflife.errors import ConfigurationError
from shelflife.rehearse.plan.cache import read_cache
from shelflife.rehearse.plan.judging import read_adequacy, read_compare, read_inject, read_phases
from shelflife.rehearse.plan.parts import (
    AdequacyPlan,
    CachePlan,
    ComparePlan,
    LogPlan,
    PhasesPlan,
    Plan,
    ReleasePlan,
)
from shelflife.rehearse.plan.releases import read_release
from shelflife.rehearse.plan.sending import read_sending
from shelflife.rehearse.plan.tables import Table

TABLES: dict[str, type] = {
    "cache": CachePlan,
    "old": ReleasePlan,
    "new": ReleasePlan,
    "log": LogPlan,
    "compare": ComparePlan,
    "phases": PhasesPlan,
    "adequacy": AdequacyPlan,
}
TOP = (*TABLES, "inject")


def read_plan(path: Path) -> Plan:
    """Read and check a plan.

    Raises:
        ConfigurationError: If it cannot be read or cannot work; the message says what to change.
    """
    top = Table(path, "", _load(path))
    top.check_keys(TOP, dict(_owners()))
    tables = {name: _table(top, name) for name in TABLES}
    plan = Plan(
        file=path,
        cache=read_cache(tables["cache"]),
        old=read_release(tables["old"]),
        new=read_release(tables["new"]),
        log=read_sending(tables["log"]),
        compare=read_compare(tables["compare"]),
        phases=read_phases(tables["phases"]),
        adequacy=read_adequacy(tables["adequacy"]),
        inject=read_inject(top),
    )
    if plan.old.port is not None and plan.old.port == plan.new.port:
        raise tables["new"].error("port", "is the old one's: both run at once, so name another")
    return plan


def keys_of(table: str) -> list[str]:
    """Give the keys that a table may have, in their order."""
    return [field.name for field in fields(TABLES[table]) if field.name != "name"]


def _load(path: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - only where a plan is read
    else:
        import tomli as tomllib  # noqa: PLC0415 - as above
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        hint = "`shelflife rehearse --init` writes a plan"
        raise ConfigurationError(f"{path}: there is no such file: {hint}") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name}: is not UTF-8: save it as that") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path.name}: is no TOML: {error}") from None
    return found


def _table(top: Table, name: str) -> Table:
    table = top.table(name)
    if name in {"old", "new", "log"} and name not in top:
        raise top.error(f"[{name}]", "the table is missing: `shelflife rehearse --init` writes one")
    table.check_keys(keys_of(name), dict(_owners()))
    return table


def _owners() -> Iterator[tuple[str, str]]:
    yield "inject", "it stands at the top of the file, before the first table"
    for table, kind in TABLES.items():
        owner = "[old] and [new]" if kind is ReleasePlan else f"[{table}]"
        for key in keys_of(table):
            yield key, f"it belongs to {owner}"
