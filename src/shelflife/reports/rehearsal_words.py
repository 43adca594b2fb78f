"""What the reports of a rehearsal say alike: kinds, requests, entries, and what comes first.

`docs/rehearse.md` explains the document. Nothing here escapes: whoever shows a text does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shelflife.reports.figures import several, size
from shelflife.reports.sentences import meaning

Document = dict[str, Any]

# What a finding is, worst first.
KINDS = {
    "error": "a request that ended in a 5xx, without an answer, or with an exception in the log",
    "answer": "an answer that differs from what the release says by itself: the cache did it",
    "unused": "an entry of the other release was read, and replaced: a miss in disguise",
    "release": "the new release answers otherwise than the old one, without any cache",
    "keys": "the releases use different keys for the same requests: a deploy empties the cache",
    "expiry": "the releases give the same entries very different lives",
}
EXITS = {
    0: "nothing differs, and enough was seen",
    1: "something differs",
    2: "an error",
    3: "too little was seen to say",
    130: "interrupted",
    143: "ended from outside",
}
# What is said of releases that read each other's entries, worst first, and the finding behind it.
SUFFERED = {"error": "errors", "answer": "other answers", "unused": "entries of no use"}
COPED = "answered as by itself"
# Statuses that mean the same to who waits for an answer.
CLASSES = {"2xx": "ok", "3xx": "redirect", "4xx": "client", "5xx": "server", "none": "none"}


def worst_first(findings: Iterable[Document]) -> list[Document]:
    """Order findings: those that count before those that are accepted, then by kind and count."""
    ranks = {kind: rank for rank, kind in enumerate(KINDS)}
    return sorted(
        findings,
        key=lambda one: (one["accepted"], ranks.get(one["kind"], len(ranks)), -one["count"]),
    )


def counting(document: Document) -> list[Document]:
    """Give the findings that are not accepted, worst first."""
    return [one for one in worst_first(document["findings"]) if not one["accepted"]]


def by_class(statuses: Mapping[str, int], no_answer: int) -> dict[str, int]:
    """Add up statuses: "2xx" to "5xx", and "none" for what got no answer."""
    counts = dict.fromkeys(CLASSES, 0)
    for status, count in statuses.items():
        name = f"{status[:1]}xx"
        counts[name if name in counts else "none"] += count
    counts["none"] = max(counts["none"], no_answer)  # "0", if it is told as a status, is the same
    return counts


def where(finding: Document) -> str:
    """Say which way, where and how often: "upgrade, new: 10 requests (upgrade 8, mixed 2)"."""
    way = ", ".join(part for part in (finding["direction"], finding["release"]) if part)
    phases = finding["phases"]
    if len(phases) == 1:
        told = f" in {next(iter(phases))}"
    else:
        each = ", ".join(f"{name} {count:,}" for name, count in phases.items())
        told = f" ({each})" if each else ""
    count = several(finding["count"], "request")
    return f"{way}: {count}{told}" if way else f"{count}{told}"


def request_line(example: Document) -> str:
    """Name a request, and where it comes from."""
    asked = example["request"]
    origin = asked["origin"]
    line = f"line {asked['line']:,} of the log"
    source = line if origin == "log" else f"injected: {origin}, from {line}"
    return f"{asked['method']} {asked['target']} ({source})"


def entry_line(entry: Document) -> str:
    """Say what a request did to an entry, and whose entry it was."""
    whose = f", written by {entry['writer']}" if entry["did"] == "read" else ""
    phase = f" in {entry['phase']}" if whose and entry["phase"] else ""
    return f"{entry['did']} {entry['key']}{whose}{phase} ({shape(entry)})"


def shape(entry: Document) -> str:
    """Describe the bytes of an entry: "318 B, werkzeug, pickle protocol 2"."""
    codec = entry["codec"]
    if entry["protocol"] is not None:
        codec = f"{codec} protocol {entry['protocol']}"
    length = "" if entry["size"] is None else size(entry["size"])
    return ", ".join(part for part in (length, entry["dialect"], codec) if part)


def why(verdict: Document) -> str:
    """Say why an entry does not read; "" if it does, or nothing is known."""
    if verdict["verdict"] == "reads":
        return ""
    told = verdict["detail"] or meaning(verdict["reason"])
    place = ", ".join(part for part in (verdict["reason"], verdict["stage"]) if part)
    return f"{told} [{place}]" if told and place else told or place


def log_line(log: Document) -> str:
    """Say what was taken from the log."""
    parts = [
        f"{several(log['requests'], 'request')} of {several(log['lines'], 'line')}",
        f"{log['distinct']:,} distinct",
        f"{log['non_ascii']:,} not ASCII",
    ]
    parts += [f"{count:,} {method} dropped" for method, count in log["dropped"].items()]
    parts += [f"{log['left_out']:,} left out"] if log["left_out"] else []
    parts += [f"{log['unparsable']:,} unparsable"] if log["unparsable"] else []
    parts += [f"{count:,} injected ({name})" for name, count in log["injected"].items()]
    return f"{log['file']} ({log['format']}): {', '.join(parts)}"


def cache_line(cache: Document) -> str:
    """Say which cache it was."""
    private = ", private" if cache["private"] else ""
    seeded = f", {several(cache['seeded'], 'entry', 'entries')} from {cache['seed_entries']}"
    server = cache["server"] or "not started yet"
    return f"{server}{private}{seeded if cache['seeded'] else ''}"


def missing_features(seen: Document) -> list[str]:
    """Name what no entry of a class had: "non-ascii text"."""
    return [name for name, count in seen["features"].items() if not count]


def covered_entries(production: Document) -> tuple[int, int]:
    """Give how many entries of production are of a kind that was rehearsed, and of how many."""
    groups = production["groups"]
    there = sum(group["count"] for group in groups if group["covered"])
    return there, sum(group["count"] for group in groups)


def uncovered(production: Document) -> list[Document]:
    """Give the groups of production that the rehearsal did not have, largest first."""
    groups = [group for group in production["groups"] if not group["covered"]]
    return sorted(groups, key=lambda group: -group["count"])


def gap_places(adequacy: Document) -> set[tuple[str, str]]:
    """Give the key classes and directions of which too little was seen."""
    return {(gap["key_class"], gap["direction"]) for gap in adequacy["gaps"]}


def direction(writer: str, reader: str) -> str:
    """Say which way an entry went: new reads what is there already in an upgrade."""
    if writer == reader:
        return ""
    return "upgrade" if reader == "new" else "rollback"


def suffered(document: Document, writer: str, reader: str, key_class: str = "") -> dict[str, int]:
    """Give the requests in findings, by kind, that go with entries of one by the other.

    A verdict is of the release's Python alone: a service that reads through shelflife copes with
    more. Whether it did, only its answers say.
    """
    counts = dict.fromkeys(SUFFERED, 0)
    for one in counting(document):
        is_there = not key_class or one.get("key_class", "") in {"", key_class}
        way = one["direction"] == direction(writer, reader)
        if one["kind"] in counts and is_there and way and one["release"] == reader:
            counts[one["kind"]] += one["count"]
    return {kind: count for kind, count in counts.items() if count}
