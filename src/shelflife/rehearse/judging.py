"""What the two runtimes make of the entries that were seen, by the engine of the audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Optional

from shelflife.dialects import recognise
from shelflife.dialects.recognition import Stored
from shelflife.pickles.reader import Reader
from shelflife.rehearse.entries.kinds import Kind, Kinds
from shelflife.rehearse.findings import Entry, Findings
from shelflife.rehearse.releases import Release
from shelflife.verdicts import Judge, Verdict

_UNKNOWN = "unknown"


@dataclass
class Judgement:
    """Verdicts, by release.

    Attributes:
        by_kind: Of entries of a kind, by one that stands for all.
        by_entry: Of the entries of examples, each by itself.
    """

    by_kind: Mapping[Kind, Mapping[str, Verdict]] = field(default_factory=dict)
    by_entry: Mapping[Stored, Mapping[str, Verdict]] = field(default_factory=dict)

    def of_kind(self, kind: Kind, release: str) -> Verdict:
        """Give what a release makes of a kind."""
        return _or_unknown(self.by_kind.get(kind, {}).get(release))

    def of_entry(self, entry: Entry, release: str) -> Verdict:
        """Give what a release makes of an entry."""
        exact = self.by_entry.get(entry.stored, {}) if entry.stored is not None else {}
        return exact.get(release) or self.of_kind(entry.kind, release)


def judge(releases: Mapping[str, Release], kinds: Kinds, findings: Findings) -> Judgement:
    """Judge what was seen, for the releases whose Python the plan names.

    Values are loaded in disposable children of the releases' own interpreters, on this machine,
    where the rehearsal has run these releases anyway.
    """
    with ExitStack() as stack:
        readers: list[Reader] = []
        for release in releases.values():
            reader = release.reader()
            if reader is not None:
                stack.callback(reader.close)
                readers.append(reader)
        if not readers:
            return Judgement()
        engine = Judge(readers, "trial")
        by_kind = dict(zip(kinds.samples, _verdicts(engine, kinds.samples.values())))
        entries = dict.fromkeys(_entries(findings))
        return Judgement(by_kind, dict(zip(entries, _verdicts(engine, entries))))


def _verdicts(engine: Judge, entries: Iterable[Stored]) -> list[Mapping[str, Verdict]]:
    found = [recognise(entry) for entry in entries]
    return [judged.verdicts for judged in engine.judge(found)] if found else []


def _entries(findings: Findings) -> Iterable[Stored]:
    for finding in findings.in_order():
        for example in finding.examples:
            yield from (entry.stored for entry in example.entries if entry.stored is not None)


def _or_unknown(verdict: Optional[Verdict]) -> Verdict:
    return verdict or Verdict(_UNKNOWN, "", "", "the plan names no `python` for this release")
