"""What production holds, by a real audit of it, and whether a rehearsal has met its like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import redis

from rehearse.rehearsing import rehearse, write_plan
from shelflife.cli.command import run
from shelflife.rehearse.settings import Settings
from shelflife.reports.document import load_baseline
from shelflife.testing import PrivateServer

pytestmark = pytest.mark.usefixtures("server_program")
PY2_TEXT = b"!S'gr\\xc3\\xb6\\xc3\\x9fe'\np0\n."  # as werkzeug wrote it on Python 2.7


def audited(folder: Path, entries: dict[str, bytes], *options: str) -> Any:
    """Give the document of an audit of a cache that holds these entries."""
    file = folder / "audit.json"
    with PrivateServer() as server:
        with redis.Redis.from_url(server.url) as client:
            for key, entry in entries.items():
                client.set(key, entry, ex=3600)
        run(["audit", server.url, "--target", "python2.7", "--target", "python3.8",
             "--stage", "static", "--json", str(file), *options])  # fmt: skip
    return load_baseline(file)


def texts(count: int) -> dict[str, bytes]:
    return {f"api:text:größe {n}": json.dumps({"text": "größe"}).encode() for n in range(count)}


def test_what_production_holds_and_nobody_wrote_is_a_gap(tmp_path: Path) -> None:
    """It says how many such entries live, and what would close the gap."""
    old = {f"api:article:{number}": PY2_TEXT for number in range(4)}
    document = audited(tmp_path, {**texts(3), **old})

    _, found = rehearse(write_plan(tmp_path), Settings(seed=7, against=("audit.json", document)))

    [gap] = found["adequacy"]["gaps"]
    assert found["exit_code"] == 3
    assert found["production"]["covered"] == 1
    assert (gap["kind"], gap["key_class"]) == ("production", "api:article:*")
    assert gap["sentence"].startswith("4 entries of api:article:* (werkzeug, pickle protocol 0, ")
    assert "8-bit strings that are not ASCII" in gap["sentence"]
    assert gap["sentence"].endswith("live in production; this rehearsal wrote none")
    assert "--seed-entries" in gap["remedy"]


def test_a_sample_is_said_to_be_one(tmp_path: Path) -> None:
    """Its counts are not those of all of production's keys."""
    old = {f"api:article:{number}": PY2_TEXT for number in range(9)}
    document = audited(tmp_path, old, "--sample", "5")

    _, found = rehearse(write_plan(tmp_path), Settings(seed=7, against=("audit.json", document)))

    [gap] = found["adequacy"]["gaps"]
    assert gap["sentence"].startswith("5 entries of api:article:* (werkzeug, ")
    assert "live in production among 5 of its 9 keys; this rehearsal wrote none" in gap["sentence"]


def test_what_was_met_is_covered(tmp_path: Path) -> None:
    """New has read such entries of old here: nothing is missing."""
    document = audited(tmp_path, texts(5))

    _, found = rehearse(write_plan(tmp_path), Settings(seed=7, against=("audit.json", document)))

    assert found["verdict"] == "safe", found["adequacy"]["gaps"]
    assert [group["covered"] for group in found["production"]["groups"]] == [True]
