"""What real runtimes did, kept as lines of JSON: the incident's figures, and entries' bytes."""

from __future__ import annotations

import base64
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shelflife.cli.demo import traffic
from shelflife.cli.demo.acts import Runtime, Story
from shelflife.cli.demo.traffic import NEW, OLD, Phase

RECORDED = Path(__file__).resolve().parent / "recorded.jsonl"


@dataclass(frozen=True)
class Recording:
    """A live run as it was recorded.

    Attributes:
        date: When.
        runtimes: The old release's and its port's.
        phases: What came of act 1.
        by_old: Entries that the old release wrote, by article.
        by_shelflife: Entries that the release on shelflife wrote, and the old one read rightly.
    """

    date: str
    runtimes: dict[str, Runtime]
    phases: list[Phase]
    by_old: dict[int, bytes]
    by_shelflife: dict[int, bytes]


def record(story: Story, date: str) -> str:
    """Give a live story, which must have come out as told, as the text of a recording."""
    assert story.recorded is None, "only what really happened is recorded"
    assert story.exit_code == 0, "the old release must have read every entry"
    run = {
        "date": date,
        "runtimes": {name: vars(story.runtimes[name]) for name in ("old", "port")},
        "phases": [vars(phase) for phase in story.acts[0].phases],
    }
    lines: list[dict[str, Any]] = [run]
    for number, writer in sorted(traffic.first_asked().items()):
        raw = story.acts[1].entries[number]
        lines.append(
            {"article": number, "writer": writer, "base64": base64.b64encode(raw).decode()}
        )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def load(path: Path = RECORDED) -> Recording:
    """Read a recording."""
    run, *entries = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    written: dict[str, dict[int, bytes]] = {OLD: {}, NEW: {}}
    for entry in entries:
        written[entry["writer"]][entry["article"]] = base64.b64decode(entry["base64"])
    return Recording(
        date=run["date"],
        runtimes={name: Runtime(**facts) for name, facts in run["runtimes"].items()},
        phases=[_phase(facts) for facts in run["phases"]],
        by_old=written[OLD],
        by_shelflife=written[NEW],
    )


def _phase(facts: dict[str, Any]) -> Phase:
    counted = {name: Counter(facts[name]) for name in ("exceptions", "reasons")}
    return Phase(**{**facts, **counted})
