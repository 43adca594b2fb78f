"""Stored entries of many libraries, with what they are (`tests/data/recognised.jsonl`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shelflife.dialects import Stored

VECTORS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "recognised.jsonl").read_text().splitlines()
]


def stored(vector: dict[str, Any]) -> Stored:
    """The entry of a line."""
    return Stored(
        vector["key"].encode(),
        bytes.fromhex(vector["hex"]),
        vector["type"],
        vector["field"].encode(),
    )


def title(vector: dict[str, Any]) -> str:
    """A test's name for a line."""
    return f"{vector['source']}, {vector['with'] or 'default'}, {vector['case']}"
