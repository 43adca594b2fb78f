"""Checks of what got lost: rewrites in turn, removals, refused writes, a server that is away."""

from __future__ import annotations

from shelflife.live.gate.evidence import Evidence
from shelflife.live.gate.remedies import for_forms
from shelflife.live.gate.terms import Check, Remedy, Result, listed

_REFUSALS = ("not-portable", "below-floor", "too-large")


def ping_pong(evidence: Evidence) -> Check:
    """Check that no two releases rewrite the same keys in turn."""
    most = evidence.thresholds.max_ping_pong
    found = [
        (number, release, writer, key_class)
        for release in sorted(evidence.window.releases)
        for (writer, key_class), number in evidence.counted(release).by("ping-pong").items()
    ]
    total = sum(number for number, *_ in found)
    details = [
        f"{number:,} times: release {release} and {writer or 'a writer without a name'} rewrite "
        f"{key_class} in turn"
        for number, release, writer, key_class in sorted(found, reverse=True)
    ]
    if total > most:
        return Check(
            "ping-pong",
            Result.FAIL,
            f"{total:,} times a release rewrote what another had just written",
            listed(details),
            for_forms(evidence),
            is_settled=True,
        )
    said = f"{total:,} rewrites in turn" if total else "no key is rewritten in turn"
    return Check("ping-pong", Result.PASS, said, listed(details))


def lost_invalidations(evidence: Evidence) -> Check:
    """Check that the server confirmed the removals."""
    most = evidence.thresholds.max_lost_invalidations
    by_release = {
        release: evidence.counted(release).total("lost-invalidations")
        for release in sorted(evidence.window.releases)
    }
    total = sum(by_release.values())
    details = [f"release {release}: {n:,}" for release, n in by_release.items() if n]
    if total > most:
        return Check(
            "lost-invalidations",
            Result.FAIL,
            f"{total:,} removals were not confirmed: old values may live on until they expire",
            listed(details),
            Remedy(
                "Wait for the longest ttl to pass, or remove what they were for (clear() of the "
                "prefix), once the server is well; removed entries are computed again."
            ),
            is_settled=True,
        )
    said = f"{total:,} lost invalidations" if total else "every removal was confirmed"
    return Check("lost-invalidations", Result.PASS, said, listed(details))


def not_stored(evidence: Evidence) -> Check:
    """Check that the values of a release can be written at all."""
    limit, details, failed = evidence.thresholds.max_not_stored, [], ""
    for release in evidence.live:
        counts = evidence.counted(release)
        refused = {r: counts.by("not-stored").get((r,), 0) for r in _REFUSALS}
        total = sum(refused.values())
        writes = total + counts.total("stored")
        details += [f"release {release}: {n:,} {reason}" for reason, n in refused.items() if n]
        if total > limit * max(writes, 100):
            failed = failed or f"release {release} could not write {total:,} of {writes:,} values"
    if failed and evidence.is_final:
        return Check(
            "not-stored",
            Result.FAIL,
            f"{failed}; they are computed again each time",
            listed(details),
            Remedy(
                "Register the classes that its log names, or give it codec='pickle'; what is "
                "below-floor waits until the floor is raised."
            ),
        )
    return Check("not-stored", Result.PASS, "writes were not refused for what they are")


def server(evidence: Evidence) -> Check:
    """Check that the server answered, so that the other checks mean something."""
    limit, counts = evidence.thresholds.max_unavailable, evidence.window.together
    asked = counts.reads + counts.unavailable
    share = counts.unavailable / asked if asked else 0.0
    details = [f"{kind}: {n:,}" for (kind,), n in sorted(counts.by("server-errors").items())]
    if share > limit:
        return Check(
            "server",
            Result.INCONCLUSIVE,
            f"the server left {100 * share:.1f} % of the reads without an answer, so the rest says "
            "little",
            listed(details),
            Remedy("Look at the server first, then let the gate watch again."),
        )
    said = f"the server answered all but {100 * share:.2f} % of the reads"
    return Check("server", Result.PASS, said if share else "the server answered", listed(details))
