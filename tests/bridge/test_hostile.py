"""Hostile and damaged entries on old interpreters: no exception, no hang, no swelling."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import redis

from bridge.bombs import PICKLES, PORTABLES
from bridge.conftest import VECTORS, Answers, Task, drive, the_driver
from shelflife import Cache, Hit, Reason

OLD = ("2.7", "3.6")
REASONS = {reason.value for reason in Reason}
HARMLESS = {
    "a shared long list",
    "exponent of a Decimal",
    "colliding integers",  # on Python 2 these do not collide
    "colliding integers, one by one",
    "digits of a Decimal",
}
"""These may give a value: what makes them bombs for a loader costs the bridge nothing."""
FIXED = {
    "memo index": "over-budget",
    "shared key": "over-budget",
    "shared member of a named set": "over-budget",
    "huge bytearray": "load-error",
    "100,000 nested tuples as key": "over-budget",
    "nested deques": "over-budget",
    "digits": "over-budget",
    "many steps": "over-budget",
    "command": "rejected-name",
    "command of Python 2": "rejected-name",
    "command by import": "rejected-name",
    "lying length": "corrupt",
    "lying datetime": "load-error",
    "protocol 6": "protocol",
    "persistent": "load-error",
    "lying array": "corrupt",
    "many empty arrays": "over-budget",
    "an unknown extension": "newer-format",
    "a registered class": "missing-name",
}


@pytest.mark.parametrize("version", OLD)
def test_bombs(version: str, tmp_path: Path) -> None:
    """Each is refused, within seconds and 300 MB, and none runs anything."""
    tasks: list[Task] = [("measured", (b"!" + raw).hex(), "entry", {}) for raw in PICKLES.values()]
    tasks += [("measured", raw.hex(), "payload", {}) for raw in PORTABLES.values()]
    names = [*PICKLES, *PORTABLES]
    answers = drive(version, tasks, tmp_path, seconds=120)

    assert list(tmp_path.iterdir()) == []
    for name, answer in zip(names, answers):
        outcome = answer["outcome"]
        assert outcome == "value" or outcome.get("reason") in REASONS, (name, answer)
        assert outcome != "value" or name in HARMLESS, (name, answer)
        assert answer["seconds"] < 30, (name, answer)
        assert answer["bytes"] < 300e6, (name, answer)
        if name in FIXED:
            assert outcome["reason"] == FIXED[name], (name, answer)


def test_colliding_keys_are_refused_where_they_collide(tmp_path: Path) -> None:
    """Integers on Python 3."""
    names = ("colliding integers", "colliding integers, one by one")
    tasks: list[Task] = [("measured", (b"!" + PICKLES[name]).hex(), "entry", {}) for name in names]

    for answer in drive("3.6", tasks, tmp_path):
        assert answer["outcome"]["reason"] == "over-budget"


def mutated(seeds: list[bytes], random_: random.Random) -> bytes:
    """One seed with some bytes changed, cut, doubled, or mixed with another."""
    data = bytearray(random_.choice(seeds))
    for _ in range(random_.randrange(1, 4)):
        at = random_.randrange(len(data) + 1)
        kind = random_.randrange(5)
        if kind == 0 and at < len(data):
            data[at] = random_.randrange(256)
        elif kind == 1:
            del data[at:]
        elif kind == 2:
            data[at:at] = random_.choice(seeds)[: random_.randrange(20)]
        elif kind == 3:
            data[at:at] = bytes([random_.randrange(256)])
        else:
            del data[at : at + random_.randrange(4)]
    return bytes(data)


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize("form", ["payload", "werkzeug", "shelflife"])
def test_mutations(version: str, form: str, redis_url: str, tmp_path: Path) -> None:
    """Damaged entries give a value or a reason, and nothing else; a value, where shelflife does."""
    random_ = random.Random(f"{version}{form}")
    seeds = [bytes.fromhex(row["hex"]) for row in VECTORS]
    if form != "payload":
        tasks: list[Task] = [("make", row["value"], form, {}) for row in VECTORS]
        made = drive(version, tasks, tmp_path)
        seeds = [bytes.fromhex(answer["hex"]) for answer in made if "hex" in answer]
    entries = [mutated(seeds, random_) for _ in range(4000)]
    answers: Answers = drive(version, [("read", e.hex(), form, {}) for e in entries], tmp_path)

    for entry, answer in zip(entries, answers):
        assert "value" in answer or answer.get("reason") in REASONS, (entry, answer)
    if form != "payload":
        values = {e: a["value"] for e, a in zip(entries, answers) if "value" in a}
        differing = [e for e, value in values.items() if not hits(redis_url, e, value, version)]
        assert differing == []


def hits(url: str, entry: bytes, value: Any, version: str) -> bool:
    """Whether shelflife reads the entry as well, and to the same value (strings of 2.7 apart)."""
    with Cache(url, prefix="mutated:", reads="werkzeug") as cache, redis.Redis.from_url(url) as raw:
        raw.set("mutated:entry", entry)
        found = cache.lookup("entry")
        if not isinstance(found, Hit):
            return False
        described = json.loads(json.dumps(the_driver().describe(found.value)))
        return version == "2.7" or bool(described == value)
