"""Checks of what releases read: enough, readable, as often as before, and each other's entries."""

from __future__ import annotations

import math
from itertools import permutations

from shelflife.fleet.counts import ReleaseCounts
from shelflife.fleet.tally import Cause
from shelflife.live.gate.evidence import Evidence
from shelflife.live.gate.remedies import for_unreadable
from shelflife.live.gate.terms import Check, Remedy, Result, listed
from shelflife.operations.sampling import release_in

WATCH = Remedy("Let it serve more, or longer: --watch 10m.")


def traffic(evidence: Evidence) -> Check:
    """Check that each release that lives has read enough to say anything."""
    least = evidence.thresholds.min_reads
    reads = {release: evidence.counted(release).reads for release in evidence.live}
    details = [f"release {release}: {number:,} reads" for release, number in reads.items()]
    few = [f"release {release} has {n:,}" for release, n in reads.items() if n < least]
    if few or not reads:
        said = "; ".join(few) or "nobody reads"
        return Check(
            "traffic",
            Result.INCONCLUSIVE,
            f"{least:,} reads of each release have to be seen: {said}",
            listed(details),
            WATCH,
        )
    return Check("traffic", Result.PASS, f"each release has read {min(reads.values()):,} times")


def unreadable(evidence: Evidence) -> Check:
    """Check that each release reads nearly all the entries that it finds."""
    limit = evidence.thresholds.max_unreadable
    details, worst, failed = [], 0.0, []
    for release in evidence.live:
        counts = evidence.counted(release)
        number = counts.total("unreadable")
        worst = max(worst, number / counts.reads if counts.reads else 0.0)
        if number > limit * _reads_at_best(evidence, counts):
            failed.append((number, release))
        causes = sorted(counts.by("unreadable").items(), key=lambda cause: (-cause[1], cause[0]))
        details += [_cause(release, labels, n, counts.reads) for labels, n in causes]
    if failed:
        number, release = max(failed)
        counts = evidence.counted(release)
        return Check(
            "unreadable",
            Result.FAIL,
            f"release {release} could not read what it found, in {number:,} of {counts.reads:,} "
            f"reads ({_percent(number / max(1, counts.reads))}; at most {_percent(limit)})",
            listed(details),
            for_unreadable(evidence, release),
            is_settled=True,
        )
    if any(evidence.counted(r).reads < evidence.thresholds.min_reads for r in evidence.live):
        return Check(
            "unreadable", Result.INCONCLUSIVE, "too little was read to say", listed(details), WATCH
        )
    if not evidence.live:
        return Check("unreadable", Result.INCONCLUSIVE, "nobody reads", remedy=WATCH)
    return Check(
        "unreadable",
        Result.PASS,
        f"at most {_percent(worst)} of a release's reads were unreadable",
        listed(details),
    )


def hit_ratio(evidence: Evidence) -> Check:
    """Check that no release hits less than before, or than another."""
    compared, details = _comparisons(evidence)
    limit = evidence.thresholds.max_hit_drop
    surely = [text for text, drop, noise in compared if drop > limit + noise]
    perhaps = [text for text, drop, _ in compared if drop > limit]
    name = "hit-ratio"
    if surely and evidence.is_final:
        return Check(
            name,
            Result.FAIL,
            f"{surely[0]}; at most {limit:g} points are allowed",
            listed(details),
            Remedy(
                "Look at the check `unreadable`, and at keys that one release names otherwise. A "
                "cache that has just been emptied needs a while."
            ),
        )
    few = any(evidence.counted(r).reads < evidence.thresholds.min_reads for r in evidence.live)
    if perhaps or few or not compared:
        said = perhaps[0] if perhaps else "there is too little to compare"
        tail = ", which may be chance" if perhaps and not surely else ""
        return Check(name, Result.INCONCLUSIVE, said + tail, listed(details), WATCH)
    worst = max(drop for _, drop, _ in compared)
    said = f"no hit ratio is lower by more than {max(0.0, worst):.1f} points"
    return Check(name, Result.PASS, said, listed(details))


def mixing(evidence: Evidence) -> Check:
    """Check that each release has read entries of the other: else nothing was proved."""
    name, releases = "mixing", {*evidence.live, *filter(None, (evidence.target,))}
    declared = sorted(releases & set(evidence.sight.registry.declared) - set(evidence.live))
    if declared:
        return Check(
            name,
            Result.INCONCLUSIVE,
            f"release {declared[0]} runs without shelflife, so nobody counts what it reads",
            remedy=Remedy("Look at its own errors; then leave this check out: --skip mixing."),
        )
    if len(releases) < 2:
        return Check(
            name,
            Result.INCONCLUSIVE,
            "only one release is there, so nothing was proved",
            remedy=Remedy("Let both releases serve from this cache for a while."),
        )
    least, details, missing = evidence.thresholds.min_mixed, [], []
    for reader, writer in permutations(sorted(releases), 2):
        number = _read_of(evidence, reader, writer)
        details.append(f"release {reader} was seen to read {number:,} entries of {writer}")
        if number < least:
            missing.append(f"release {reader} was seen to read {number:,} entries of {writer}")
    if missing:
        return Check(
            name,
            Result.INCONCLUSIVE,
            f"{missing[0]}: at least {least:,} would prove something",
            listed(details + _unnamed(evidence)),
            Remedy("Let both releases serve the same keys for a while: --watch 10m."),
        )
    return Check(name, Result.PASS, "each release has read the other's entries", listed(details))


def _read_of(evidence: Evidence, reader: str, writer: str) -> int:
    """How many entries of a release another is known to have read, or tried to."""
    here = reader in evidence.live and writer in evidence.live
    counts = (evidence.window if here else evidence.lately).of(reader)
    tried = sum(
        n for (_, by, _class), n in counts.by("unreadable").items() if release_in(by) == writer
    )
    return counts.by("sampled").get((writer,), 0) + tried


def _unnamed(evidence: Evidence) -> list[str]:
    number = sum(evidence.counted(r).by("sampled").get(("",), 0) for r in evidence.live)
    return [f"{number:,} entries that were read name no writer"] if number else []


def _comparisons(evidence: Evidence) -> tuple[list[tuple[str, float, float]], list[str]]:
    """Give each comparison as a sentence, the drop, and what may be chance; and all ratios."""
    least, compared, details = max(1, evidence.thresholds.min_reads), [], []
    here = {r: c for r in evidence.live if (c := evidence.counted(r)).reads >= least}
    for release, counts in here.items():
        details.append(f"release {release} hits {_percent(counts.hit_ratio)} now")
        before, whose = evidence.before.of(release), "its own"
        if before.reads < least:
            before, whose = evidence.before.together, "the fleet's"
        if before.reads >= least and evidence.before.counts:
            details.append(f"release {release}: {whose} was {_percent(before.hit_ratio)} before")
            text = f"than {whose} the hour before"
            compared.append(_comparison(release, counts, before, text))
        compared += [
            _comparison(release, counts, other, f"than that of {name}")
            for name, other in here.items()
            if name != release
        ]
    return sorted(compared, key=lambda one: one[2] - one[1]), details


def _comparison(
    release: str, counts: ReleaseCounts, other: ReleaseCounts, text: str
) -> tuple[str, float, float]:
    a, b = counts.hit_ratio, other.hit_ratio
    drop = 100 * (b - a)
    noise = 200 * math.sqrt(a * (1 - a) / counts.reads + b * (1 - b) / other.reads)
    return f"the hit ratio of {release} is {drop:.1f} points lower {text}", drop, noise


def _reads_at_best(evidence: Evidence, counts: ReleaseCounts) -> float:
    """How many reads there may be at the end: twice as many as the beginning lets expect."""
    reads: float = counts.reads
    if not evidence.is_final:
        reads = 2 * reads / max(evidence.share, 0.01)
    return max(reads, evidence.thresholds.min_reads)


def _cause(reader: str, labels: Cause, number: int, reads: int) -> str:
    reason, writer, key_class = labels
    by = f"written by {writer}" if writer else "of a writer that it does not name"
    return (
        f"{number:,} times ({_percent(number / max(1, reads))}): release {reader} could not read "
        f"{key_class} {by}: {reason}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %" if share < 0.1 else f"{100 * share:.1f} %"
