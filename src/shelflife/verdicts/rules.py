"""Stages 1 and 2: what the facts, and the names that exist, say of an entry on one runtime."""

from __future__ import annotations

from collections.abc import Mapping

from shelflife.dialects.recognition import Recognised
from shelflife.lookup import Reason
from shelflife.pickles.reader import Name, Reader, Resolution
from shelflife.pickles.rules import Evidence, apply_rules
from shelflife.verdicts.verdict import READS, Verdict

Resolutions = Mapping[Name, Resolution]

_OURS = ("shelflife-cache", "shelflife-bridge")
_OLDEST_OF_OURS = (3, 9)


def names_of(found: Recognised) -> list[Name]:
    """Give the names that a recognised entry refers to, as its reader looks them up."""
    facts = found.facts
    if facts is None:
        return []
    return [Name(module, qualname, facts.declared) for module, qualname in facts.names]


def judge_by_rules(
    found: Recognised, reader: Reader, resolutions: Resolutions, *, asked: bool
) -> Verdict:
    """Judge an entry without loading anything.

    Args:
        found: The entry.
        reader: The runtime.
        resolutions: What it says of the entry's names.
        asked: Whether it has been asked.
    """
    if found.reason:
        return Verdict("fails", found.reason, "static", found.detail)
    if needs_ours(found, reader) or (found.dialect == "shelflife" and found.payload is None):
        return _judge_envelope(reader)
    if found.payload is None or found.facts is None:
        return _judge_plain(found)
    known = resolutions if asked else None
    evidence = Evidence(found.facts, len(found.payload), reader, found.loader, known)
    finding = apply_rules(evidence)
    stage = finding.stage if reader.real else "static"
    if finding.verdict == "reads" and asked and found.facts.names and reader.real:
        stage = "resolve"
    return Verdict(finding.verdict, finding.reason, stage, finding.detail)


def needs_ours(found: Recognised, reader: Reader) -> bool:
    """Whether an entry is shelflife's own, and the runtime has no shelflife to read it."""
    return found.dialect == "shelflife" and not _has_ours(reader)


def _judge_plain(found: Recognised) -> Verdict:
    if "?" in found.codec:
        return Verdict("unknown", "", "static", found.detail)
    return READS if not found.detail else Verdict("reads", detail=found.detail)


def _has_ours(reader: Reader) -> bool:
    if not reader.real:
        return reader.version >= _OLDEST_OF_OURS
    return any(name in reader.packages for name in _OURS)


def _judge_envelope(reader: Reader) -> Verdict:
    if _has_ours(reader):
        return READS
    if not reader.real or not reader.packages:
        detail = "an entry of shelflife: the runtime needs shelflife, or its bridge, to read it"
        return Verdict("unknown", "", "static", detail)
    detail = "an entry of shelflife, which is not installed there: its cache reports a miss"
    return Verdict("fails", Reason.FOREIGN.value, "resolve", detail)
