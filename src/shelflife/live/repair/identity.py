"""Whether a journal is of these servers.

Rules:
1. It is, if one of them still is in the run that it names, or if the address is the same: a server
   that was restarted, or failed over, is known by its address.
2. Another database of the same server is another cache.
3. A cursor is good for the very same run of a server only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shelflife.errors import ConfigurationError

_OPTIONS = {
    "dialects": "dialect",
    "reasons": "reason",
    "targets": "target",
    "names": "allow",
}


def check_servers(
    header: Mapping[str, Any], shown: str, run_ids: Mapping[str, str], database: int
) -> None:
    """See whether a journal is of these servers, and of this database of them.

    Raises:
        ConfigurationError: If it is not.
    """
    if header.get("database", database) != database:
        raise ConfigurationError(
            f"the journal is of database {header['database']} of {header.get('url')}, and "
            f"{shown} is database {database}: name that one"
        )
    before = {run_id for run_id in header.get("run_ids", {}).values() if run_id}
    if header.get("url") == shown or before & set(run_ids.values()):
        return
    raise ConfigurationError(
        f"the journal is of {header.get('url')}, which is another server than {shown}: name that "
        "one, or, if it is the same by another name, say --same-server"
    )


def check_plan(header: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    """See whether a journal was begun by the same command.

    Raises:
        ConfigurationError: If it was not.
    """
    before: Mapping[str, Any] = header.get("plan", {})
    action = before.get("action")
    if action != plan.get("action"):
        raise ConfigurationError(
            f"the journal is of `shelflife {action}`, not {plan.get('action')}: name another one"
        )
    other = [name for name in {**before, **plan} if before.get(name) != plan.get(name)]
    if other:
        names = (_OPTIONS.get(name, name).replace("_", "-") for name in sorted(other))
        what = ", ".join(f"--{name}" for name in names)
        raise ConfigurationError(
            f"the journal was begun with another {what}: give the same options, or name another "
            "journal"
        )


def cursors_of_this_run(
    cursors: Mapping[str, Any], before: Mapping[str, str], now: Mapping[str, str]
) -> dict[str, Any]:
    """Give the cursors that can be gone on from."""
    return {
        shard: cursor
        for shard, cursor in cursors.items()
        if now.get(shard) and before.get(shard) == now.get(shard)
    }
