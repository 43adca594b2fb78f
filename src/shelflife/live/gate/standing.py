"""Checks of who is there, and whether what is known of them is whole."""

from __future__ import annotations

from shelflife.fleet.findings import findings
from shelflife.fleet.liveness import BEAT
from shelflife.fleet.registry import registry_key
from shelflife.live.gate.evidence import PROMOTE, Evidence, gone_ahead
from shelflife.live.gate.terms import Check, Remedy, Result, listed

_LATELY = 300.0  # seconds in which a process that has vanished matters to a gate without a watch
_ENOUGH = 0.5  # of the reports that are due


def registry(evidence: Evidence) -> Check:
    """Check that the registry is there, and believed."""
    name, found = "registry", evidence.sight.registry
    key = registry_key(evidence.sight.fleet).decode()
    if found.is_doubtful:
        wrong = [finding for finding in findings(evidence.sight) if finding.kind == "corrupt"]
        words = next((finding.words for finding in wrong if finding.words), ())
        return Check(
            name,
            Result.FAIL,
            "the registry is in doubt, and all write their minimum meanwhile",
            listed([finding.text for finding in wrong]),
            Remedy(
                "Processes heal their own fields within seconds. What somebody pinned, declared or "
                f"held is to be said anew; another kind of value under {key} is to be removed.",
                ("floor", *words, "--execute") if words else (),
            ),
        )
    if not found.members and found.commit is None:
        return Check(
            name,
            Result.INCONCLUSIVE,
            f"there is nothing under {key}: no process has joined, or it was removed",
            remedy=Remedy("See that the caches have this fleet=..., and that the URL is theirs."),
        )
    return Check(name, Result.PASS, "the registry is whole")


def members(evidence: Evidence) -> Check:
    """Check that all processes that live are heard of, and that none has vanished."""
    name, alive = "members", evidence.sight.alive
    if not alive:
        return Check(
            name,
            Result.INCONCLUSIVE,
            "no process of the fleet is alive",
            remedy=Remedy("Start the release that is to be looked at, and let it serve."),
        )
    left = {m.release for m in evidence.present.values()} - set(evidence.live)
    if evidence.step == PROMOTE:  # nothing is promoted that is not there
        left |= set(gone_ahead(evidence.sight))
    missing = sorted(left)
    vanished = _vanished(evidence)
    silent = _silent(evidence)
    if missing or vanished or silent:
        return Check(
            name,
            Result.INCONCLUSIVE,
            "not every process is heard of, so what was counted is not all",
            listed(
                [f"release {release} has no process any more" for release in missing]
                + vanished
                + silent
            ),
            Remedy(
                "See why they ended, or cannot report (docs/acl.md), and let the gate watch again "
                "once the deploy is settled."
            ),
        )
    count = len(alive)
    said = "1 process reports" if count == 1 else f"all {count:,} processes report"
    return Check(name, Result.PASS, f"{said} what they count")


def counts(evidence: Evidence) -> Check:
    """Check that what was counted is there and whole."""
    name, window = "counts", evidence.window
    if window.problems:
        return Check(
            name,
            Result.INCONCLUSIVE,
            "what was counted is not whole",
            listed(list(window.problems)),
            Remedy(
                "A key that is named and holds something else is to be removed: processes go on "
                "counting under it. Then let the gate watch again."
            ),
        )
    if not window.is_there:
        return Check(
            name,
            Result.INCONCLUSIVE,
            "no process has told what it counted",
            remedy=Remedy(
                "Processes tell every 5 seconds, if the server's user may run HINCRBY and PEXPIRE "
                "(docs/acl.md)."
            ),
        )
    everybody = window.together
    told, lost = everybody.total("reports"), everybody.total("lost-reports")
    if lost > told * (1 - _ENOUGH) / 2:
        return Check(
            name,
            Result.INCONCLUSIVE,
            f"{lost:,} of {told + lost:,} reports may not have arrived",
            remedy=Remedy("The server answers too slowly, or refuses: look at it first."),
        )
    tail = f", and {lost:,} that may not have arrived" if lost else ""
    return Check(name, Result.PASS, f"the counts are whole: {told:,} reports{tail}")


def _vanished(evidence: Evidence) -> list[str]:
    """Say which processes stopped without a word in the time that is looked at."""
    sight = evidence.sight
    since = evidence.started_at if evidence.present else sight.now - _LATELY
    return [
        f"{member.place} of release {member.release} stopped without a word"
        for name, member in sorted(sight.registry.members.items())
        if name not in sight.alive and (name in evidence.present or (member.beat or 0.0) >= since)
    ]


def _silent(evidence: Evidence) -> list[str]:
    """Say which releases told less often than they beat."""
    said = []
    for release in evidence.live:
        due = 0
        for member in evidence.members_of(release):
            age = evidence.sight.now - member.since if member.since is not None else 0.0
            due += max(0, int((min(age, evidence.seconds) - BEAT) / BEAT))
        told = evidence.counted(release).total("reports")
        if told < due * _ENOUGH:
            said.append(f"release {release} told {told:,} times what it counted; {due:,} were due")
    return said
