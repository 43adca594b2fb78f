"""What a server says of itself in the reply to INFO."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

_BY_USE = ("lru", "lfu")


class ServerFacts(NamedTuple):
    """What a server says of itself; "" and None where it does not.

    Attributes:
        run_id: Changes whenever the server starts.
        version: Such as "redis 7.0.15" or "valkey 8.0.1".
        role: "master" or "slave".
        policy: The eviction policy, such as "allkeys-lru"; "" if INFO is denied.
        evicts: Whether memory is limited, so that the policy matters.
        hits: keyspace_hits so far.
        keys: How many keys the database has.
    """

    run_id: str = ""
    version: str = ""
    role: str = ""
    policy: str = ""
    evicts: bool = False
    hits: Optional[int] = None
    keys: Optional[int] = None

    @property
    def evicts_by_use(self) -> bool:
        """Whether what is not read is evicted first."""
        return self.evicts and any(word in self.policy for word in _BY_USE)


def together(servers: Sequence[ServerFacts]) -> ServerFacts:
    """Give several servers' facts as those of one: sums, and the worst of all policies."""
    first, *others = servers
    if not others:
        return first
    hits, keys = [one.hits for one in servers], [one.keys for one in servers]
    policy = max(servers, key=lambda one: (one.evicts_by_use, one.policy)).policy
    return ServerFacts(
        version=", ".join(dict.fromkeys(one.version for one in servers)),
        role="slave" if all(one.role == "slave" for one in servers) else first.role,
        policy=policy,
        evicts=any(one.evicts for one in servers),
        hits=None if None in hits else sum(filter(None, hits)),
        keys=None if None in keys else sum(filter(None, keys)),
    )


def parse_info(text: str, database: int) -> ServerFacts:
    """Give what matters of an INFO reply."""
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    name = "valkey" if "valkey_version" in fields else "redis"
    version = fields.get("valkey_version") or fields.get("redis_version", "")
    return ServerFacts(
        run_id=fields.get("run_id", ""),
        version=f"{name} {version}".strip(),
        role=fields.get("role", ""),
        policy=fields.get("maxmemory_policy", ""),
        evicts=fields.get("maxmemory", "0") != "0",
        hits=_number(fields.get("keyspace_hits")),
        keys=_keys(fields.get(f"db{database}", "")),
    )


class Follower(NamedTuple):
    """A replica, as its primary sees it.

    Attributes:
        offset: How far it has said it is.
        silent: Seconds since it said so.
    """

    offset: int
    silent: int


class Strain(NamedTuple):
    """How hard a server has it, by its own account; None where it does not say.

    Attributes:
        ops: Commands a second, right now.
        memory: Used memory as a fraction of maxmemory; None without a maxmemory as well.
        offset: How far its replication stream is, in bytes.
        followers: The replicas that are online.
    """

    ops: Optional[float] = None
    memory: Optional[float] = None
    offset: Optional[int] = None
    followers: Optional[list[Follower]] = None


def parse_strain(text: str) -> Strain:
    """Give what an INFO reply says about strain."""
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    used, most = _number(fields.get("used_memory")), _number(fields.get("maxmemory"))
    return Strain(
        ops=_number(fields.get("instantaneous_ops_per_sec")),
        memory=used / most if used is not None and most else None,
        offset=_number(fields.get("master_repl_offset")),
        followers=_followers(fields),
    )


def _followers(fields: dict[str, str]) -> Optional[list[Follower]]:
    """Give the replicas; one that is still being filled says nothing yet."""
    count = _number(fields.get("connected_slaves"))
    if count is None:
        return None
    found = []
    for number in range(count):
        line = fields.get(f"slave{number}", "")
        said = dict(part.split("=", 1) for part in line.split(",") if "=" in part)
        offset = _number(said.get("offset"))
        lag = said.get("lag", "")
        silent = 0 if lag == "-1" else _number(lag)  # its clocks differ by a tick
        if offset is None or silent is None:
            return None
        if said.get("state") == "online":
            found.append(Follower(offset, silent))
    return found


def _keys(line: str) -> int:
    fields = dict(part.split("=", 1) for part in line.split(",") if "=" in part)
    return _number(fields.get("keys")) or 0


def _number(text: Optional[str]) -> Optional[int]:
    return int(text) if text is not None and text.isdigit() else None
