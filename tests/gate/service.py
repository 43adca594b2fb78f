"""A process of a release under load: run with a JSON of what to do, until its input ends.

Says `joined` when its first operation is done. A line `articles` on its input makes it write
articles, which a release that does not know the class cannot read.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any


@dataclass
class Article:
    """What the new release caches."""

    title: str


def main() -> None:
    """Read and write until the input ends."""
    told = json.loads(sys.argv[1])
    quick(told.get("beat", 0.5))
    from shelflife import Cache, Types  # noqa: PLC0415

    types = Types()
    if told.get("knows"):
        types.register("article", Article)
    cache = Cache(
        told["url"], prefix=f"{told['options']['fleet']}:", types=types, **told["options"]
    )
    writes = threading.Event()
    if told.get("articles"):
        writes.set()
    ended = threading.Event()
    threading.Thread(target=listen, args=(writes, ended), daemon=True).start()
    chance = random.Random(told.get("seed", 0))
    for number in range(20):
        cache.add(f"article:{number}", 0)
    cache.get("article:0")
    print("joined", flush=True)
    while not ended.is_set():
        key = f"article:{chance.randrange(20)}"
        value = cache.get(key)
        if value is None or chance.random() < 0.2:
            cache.set(key, Article("t") if writes.is_set() else chance.random())
        time.sleep(told.get("pause", 0.004))
    cache.close()


def listen(writes: threading.Event, ended: threading.Event) -> None:
    """Do what the input says."""
    for line in sys.stdin:
        if line.strip() == "articles":
            writes.set()
    ended.set()


def quick(beat: float) -> None:
    """Live faster: dead is four beats without one."""
    from shelflife.fleet import liveness, membership, reporting  # noqa: PLC0415

    modules: tuple[Any, ...] = (liveness, membership)
    for module in modules:
        module.BEAT, module.DEAD = beat, 4 * beat
    setattr(reporting, "BEAT", beat)  # noqa: B010 - mypy has a word on it else


if __name__ == "__main__":
    main()
