"""Reads `[old]` and `[new]`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from shelflife.rehearse.plan.loopback import check_no_other_cache, check_ready
from shelflife.rehearse.plan.parts import ReleasePlan
from shelflife.rehearse.plan.placeholders import (
    INSTALLING,
    SENDING,
    STARTING,
    check_template,
    used,
)
from shelflife.rehearse.plan.tables import Table

_EXAMPLE = '"{python} app.py --port {port} --cache {cache_url}"'
_VERSION = re.compile(r"[23]\.[0-9]{1,2}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_WAIT = 3600.0


def read_release(table: Table) -> ReleasePlan:
    """Give the release of a table; its name is the table's."""
    command = _command(table, "command", table.needed("command", _EXAMPLE), STARTING)
    env = _env(table)
    port = table.whole("port", 1, 65535)
    if port is None and not any("port" in used(text) for text in (command, *env.values())):
        hint = "put {port} into command or env, or name a fixed one with `port`"
        raise table.error("command", f"does not say which port to listen on: {hint}")
    install = tuple(_command(table, "install", step, INSTALLING) for step in table.texts("install"))
    return ReleasePlan(
        name=table.name,
        command=command,
        cwd=_cwd(table),
        env=env,
        ready=_ready(table),
        ready_within=table.number("ready_within", 0.1, _LONGEST_WAIT) or 60.0,
        install=install,
        python=_python(table) or _default_python((command, *env.values(), *install)),
        port=port,
    )


def _command(table: Table, key: str, template: str, allowed: tuple[str, ...]) -> str:
    check_template(table, key, template, allowed)
    check_no_other_cache(table, key, template)
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise table.error(key, f"cannot be split into words: {str(error).lower()}") from None
    if not words:
        raise table.error(key, f"names no program: write for example {_EXAMPLE}")
    return template


def _env(table: Table) -> dict[str, str]:
    found = table.mapping("env")
    for name, template in found.items():
        if not _VARIABLE.fullmatch(name):
            raise table.error(f"env.{name}", "is no name of a variable: use letters, digits and _")
        if "\0" in template:
            raise table.error(f"env.{name}", "holds a NUL character, which no environment can")
        check_template(table, f"env.{name}", template, STARTING)
        check_no_other_cache(table, f"env.{name}", template)
    return found


def _cwd(table: Table) -> Path:
    given = table.text("cwd")
    folder, kind = table.path("cwd", given) if given else (table.folder, "folder")
    if kind != "folder":
        raise table.error("cwd", f"is no folder: {folder} (relative to the plan's file)")
    return folder


def _ready(table: Table) -> str:
    ready = table.text("ready") or "/"
    check_template(table, "ready", ready, SENDING)
    return check_ready(table, "ready", ready)


def _python(table: Table) -> Optional[str]:
    given = table.text("python")
    if given is None or given == "this" or _VERSION.fullmatch(given):
        return given
    if "/" not in given and "\\" not in given:
        raise table.error(
            "python",
            'is neither a version with one dot ("2.7"), nor "this", nor a path with a slash in it',
        )
    # links stay: an environment knows its packages by its own place
    path, kind = table.path("python", given)
    if kind != "file":
        raise table.error("python", f"there is no {path} (relative to the plan's file)")
    return str(path)


def _default_python(templates: Iterable[str]) -> Optional[str]:
    return "this" if any("python" in used(template) for template in templates) else None
