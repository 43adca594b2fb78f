"""The engine: entries and runtimes in, verdicts out, cheapest stage first, each shape once.

Rules of the memory:
1. Rules and predictions look at `Facts.key` and at what the dialect says, and so are remembered.
2. Trials are remembered by the pickle's shape where every class in it is restored by `object`'s own
   machinery on every runtime, or is known to be regular; else by a digest of the whole pickle.
3. What is remembered is bounded; what was forgotten is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from shelflife.dialects.recognition import Recognised
from shelflife.pickles.reader import Job, Name, Reader, Resolution, Trial
from shelflife.pickles.shape import REGULAR, shape, whole
from shelflife.verdicts.prediction import predict
from shelflife.verdicts.rules import judge_by_rules, names_of, needs_ours
from shelflife.verdicts.trials import (
    attempt,
    facts_or_none,
    judge_by_trial,
    judge_rewritten,
)
from shelflife.verdicts.verdict import Verdict

_MOST = 20_000
_MOST_NAMES = 20_000
_SLICE = 1 << 20  # bytes tried at once: canonical forms take many times as much memory


class Judged(NamedTuple):
    """All verdicts on one entry.

    Attributes:
        verdicts: By target.
        rewritten: By "new->old": what `old` makes of what `new` writes in the entry's place.
    """

    verdicts: Mapping[str, Verdict]
    rewritten: Mapping[str, Verdict]


class Judge:
    """Judges entries for some runtimes.

    Args:
        readers: The targets, oldest release first.
        stage: How far to go: "static", "resolve" or "trial".
    """

    def __init__(self, readers: Sequence[Reader], stage: str) -> None:
        self.readers = list(readers)
        self.stage = stage
        self.pairs = [
            (new, old)
            for new, old in permutations(self.readers, 2)
            if self.readers.index(new) > self.readers.index(old)
        ]
        self._resolved: dict[str, dict[Name, Resolution]] = {r.name: {} for r in readers}
        self._by_rules: dict[int, Judged] = {}
        self._by_trial: dict[bytes, Judged] = {}

    def judge(self, entries: Sequence[Recognised]) -> list[Judged]:
        """Give the verdicts on entries, in their order."""
        by_rules = self._judge_by_rules(entries)
        if self.stage != "trial":
            return by_rules
        return self._judge_by_trial(entries, by_rules)

    def signature(self, found: Recognised) -> int:
        """Give what decides the verdicts of stages 1 and 2; equal for many entries.

        A hash of 64 bits, keyed by this process: names from entries may be many and long.
        """
        facts = found.facts
        about = (found.dialect, found.owners, found.codec, found.reason, found.state, found.writes)
        return hash((about, facts.key if facts is not None else None))

    def _judge_by_rules(self, entries: Sequence[Recognised]) -> list[Judged]:
        keys = [self.signature(found) for found in entries]
        known = self._by_rules
        if len(known) > _MOST:
            known.clear()
        waiting: dict[int, Recognised] = {}
        count = 0
        for key, found in zip(keys, entries):
            if key not in known and key not in waiting:
                waiting[key] = found
                count += len(found.facts.names) if found.facts is not None else 0
                if count > _MOST_NAMES:
                    self._decide(waiting)
                    waiting, count = {}, 0
        self._decide(waiting)
        return [known[key] for key in keys]

    def _decide(self, waiting: Mapping[int, Recognised]) -> None:
        """Judge some entries by rules, asking for all their names at once, and remember it."""
        for reader in self.readers:
            names = (name for found in waiting.values() for name in names_of(found))
            if len(self._resolved[reader.name]) > 2 * _MOST_NAMES:
                self._resolved[reader.name].clear()
            self._resolve(reader, names)
        for key, found in waiting.items():
            self._by_rules[key] = self._apply_rules(found)

    def _apply_rules(self, found: Recognised) -> Judged:
        verdicts = {
            reader.name: judge_by_rules(
                found, reader, self._resolved[reader.name], asked=self._may_ask(reader)
            )
            for reader in self.readers
        }
        return Judged(verdicts, {f"{n.name}->{o.name}": v for n, o, v in self._predicted(found)})

    def _predicted(self, found: Recognised) -> Iterable[tuple[Reader, Reader, Verdict]]:
        for new, old in self.pairs:
            if found.facts is not None and not needs_ours(found, old):
                yield new, old, predict(found, new, old, self._resolve)
            elif not found.reason:  # the same bytes are written by every release
                verdict = judge_by_rules(found, old, {}, asked=False)
                yield new, old, verdict

    def _may_ask(self, reader: Reader) -> bool:
        return self.stage != "static" or not reader.real

    def _resolve(self, reader: Reader, names: Iterable[Name]) -> Mapping[Name, Resolution]:
        known = self._resolved[reader.name]
        if self._may_ask(reader):
            unknown = sorted({name for name in names if name not in known})
            if unknown:
                known.update(reader.resolve(unknown))
        return known

    def _judge_by_trial(
        self, entries: Sequence[Recognised], by_rules: Sequence[Judged]
    ) -> list[Judged]:
        marks = [self._mark(found) for found in entries]
        known = self._by_trial
        if len(known) > _MOST:
            known.clear()
        waiting: dict[bytes, tuple[Recognised, Judged]] = {}
        size = 0
        for mark, found, judged in zip(marks, entries, by_rules):
            if mark and mark not in known and mark not in waiting:
                waiting[mark] = (found, judged)
                size += len(found.payload or b"")
                if size > _SLICE:
                    self._remember(waiting)
                    waiting, size = {}, 0
        self._remember(waiting)
        return [known.get(mark, judged) for mark, judged in zip(marks, by_rules)]

    def _remember(self, waiting: Mapping[bytes, tuple[Recognised, Judged]]) -> None:
        """Try some entries, and remember what became of them."""
        if waiting:
            found, judged = zip(*waiting.values())
            self._by_trial.update(zip(waiting, self._try(found, judged)))

    def _mark(self, found: Recognised) -> bytes:
        """Give what decides a trial; b"" where there is nothing to try."""
        facts = found.facts
        if facts is None or found.payload is None or found.reason:
            return b""
        regular = not (facts.unknown_names or facts.extensions or facts.spliced)
        regular = regular and all(self._is_regular(name) for name in names_of(found))
        digest = shape(found.payload, facts.end) if regular else whole(found.payload)
        more = (facts.key[0], sorted(facts.names), found.loader, found.writes, found.dialect)
        return digest + repr(more).encode("utf-8", "backslashreplace")

    def _is_regular(self, name: Name) -> bool:
        if f"{name.module}.{name.qualname}" in REGULAR:
            return True
        answers = [self._resolved[reader.name].get(name) for reader in self.readers if reader.real]
        return all(answer is not None and answer.plain for answer in answers)

    def _try(self, entries: Sequence[Recognised], by_rules: Sequence[Judged]) -> list[Judged]:
        real = [reader for reader in self.readers if reader.real]
        trials = {
            reader.name: attempt(
                reader,
                {
                    number: Job(found.payload or b"", found.loader, found.writes or "default")
                    for number, found in enumerate(entries)
                    if by_rules[number].verdicts[reader.name].verdict != "fails"
                },
            )
            for reader in real
        }
        verdicts = []
        for number, (found, judged) in enumerate(zip(entries, by_rules)):
            mine = {name: tried[number] for name, tried in trials.items() if number in tried}
            verdicts.append({**judged.verdicts, **judge_by_trial(found, real, mine)})
        rewritten = [dict(judged.rewritten) for judged in by_rules]
        for new, old in self.pairs:
            if new.real and old.real:
                pair = f"{new.name}->{old.name}"
                tried = self._roll_back(entries, trials[new.name], old)
                for number, predicted in enumerate(judged.rewritten[pair] for judged in by_rules):
                    rewritten[number][pair] = tried.get(number) or _untried(predicted, new)
        return [Judged(*both) for both in zip(verdicts, rewritten)]

    def _roll_back(
        self, entries: Sequence[Recognised], trials: Mapping[int, Trial], old: Reader
    ) -> dict[int, Verdict]:
        """Judge for the old runtime what the new one has written in the trial."""
        verdicts: dict[int, Verdict] = {}
        again: dict[int, Recognised] = {}
        for number, trial in trials.items():
            if trial.status != "loaded":
                continue
            if trial.rewritten is None:
                why = trial.rewrite_error or "it was not written again"
                verdicts[number] = Verdict("unknown", "", "trial", why)
                continue
            facts = facts_or_none(trial.rewritten)
            again[number] = entries[number]._replace(payload=trial.rewritten, facts=facts)
        self._resolve(old, (name for found in again.values() for name in names_of(found)))
        resolved = self._resolved[old.name]
        for number, found in again.items():
            verdicts[number] = judge_by_rules(found, old, resolved, asked=True)
        jobs = {
            number: Job(found.payload or b"", found.loader)
            for number, found in again.items()
            if verdicts[number].verdict != "fails"
        }
        for number, trial in attempt(old, jobs).items():
            verdicts[number] = judge_rewritten(again[number], trials[number], trial)
        return verdicts


def _untried(predicted: Verdict, new: Reader) -> Verdict:
    """What is left of a prediction where the new runtime cannot load the entry itself."""
    if predicted.verdict != "unknown":
        return predicted
    detail = f"{new.name} does not load it: what it would write in its place is not known"
    return predicted._replace(stage="trial", detail=detail)
