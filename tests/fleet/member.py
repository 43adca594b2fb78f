"""A process of a fleet under load: run with a JSON of what to do; says what came of it.

Says `joined SECONDS` when its first operation is done, and at the end, which SIGTERM brings, one
JSON object. A patched clock is the process's own affair: times it says are of the real one.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import threading
import time
from collections import Counter
from typing import Any

REAL = time.time


def value_of(key: str, at: float) -> dict[str, Any]:
    """The value that belongs under a key, and when it was written."""
    return {"key": key, "rows": [[key, number, number / 7] for number in range(5)], "at": at}


def is_value_of(key: str, value: Any) -> bool:
    """Whether a value is one that belongs there."""
    return bool(
        isinstance(value, dict)
        and isinstance(value.get("at"), float)
        and value == value_of(key, value["at"])
    )


def main() -> None:
    """Read and write until told to end."""
    told = json.loads(sys.argv[1])
    if told.get("clock"):
        skew = told["clock"]
        time.time = lambda: REAL() + skew
    if told.get("beat"):
        quick(told["beat"])
    if told.get("reach"):
        reads_only(told["reach"])
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    cache, get, set_ = opened(told)
    found: Counter[str] = Counter()
    chance = random.Random(told.get("seed", 0))
    get("first")
    print(f"joined {REAL()}", flush=True)
    warm_at = time.monotonic() + told.get("warm", 0)
    while not ended.is_set():
        if "warm" in told and time.monotonic() > warm_at:
            del told["warm"]
            found.clear()
        key = f"k:{chance.randrange(told.get('keys', 200))}"
        try:
            found[once(cache, get, set_, key, chance)] += 1
        except Exception as error:
            found[f"raised {type(error).__name__}: {error}"[:200]] += 1
        time.sleep(told.get("pause", 0.002))
    counters = getattr(cache, "counters", None)
    if counters is not None:
        told_of = counters()
        found["unreadable"] = sum(told_of.unreadable.values())
        found["ping-pong"] = sum(told_of.ping_pong.values())
    if hasattr(cache, "close"):
        cache.close()
    print(json.dumps(found), flush=True)


def once(cache: Any, get: Any, set_: Any, key: str, chance: random.Random) -> str:
    """Read an entry, and write it if it is not there; give what came of it."""
    value = get(key)
    if value is None:
        set_(key, value_of(key, REAL()))
        return "miss"
    if not is_value_of(key, value):
        return "wrong"
    if chance.random() < 0.05:
        cache.delete(key)
    return "hit"


def opened(told: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The cache of this release, and how it is read and written."""
    if told.get("library") == "cachelib":
        from cachelib import RedisCache  # noqa: PLC0415

        old = RedisCache("127.0.0.1", told["port"], key_prefix=told["prefix"], default_timeout=60)
        return old, old.get, old.set
    from shelflife import Cache  # noqa: PLC0415

    cache = Cache(told["url"], prefix=told["prefix"], ttl=60, **told["options"])
    return cache, cache.get, cache.set


def quick(beat: float) -> None:
    """Live faster: dead is four beats without one."""
    from shelflife.fleet import liveness, membership  # noqa: PLC0415

    for module in (liveness, membership):
        module.BEAT, module.DEAD = beat, 4 * beat  # type: ignore[attr-defined]


def reads_only(dialects: list[str]) -> None:
    """Say that this release reads no more than that: as one of the time before would."""
    from shelflife.cache import fleet_terms  # noqa: PLC0415
    from shelflife.floors import Floor  # noqa: PLC0415

    reach = Floor((3, 9), frozenset(dialects))
    setattr(fleet_terms, "own_reach", lambda _: reach)  # noqa: B010 - mypy has a word on it else


if __name__ == "__main__":
    main()
