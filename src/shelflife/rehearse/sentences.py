"""What is said of a finding, and what to do about it."""

from __future__ import annotations

from shelflife.rehearse.entries.book import NEW, OLD, PRODUCTION
from shelflife.rehearse.findings import (
    ANSWER,
    ERROR,
    EXPIRY,
    KEYS,
    RELEASE,
    UNUSED,
    Finding,
)

_SHELFLIFE = (
    "read and write through shelflife at the old release's floor (`reads`, `writes`, `floor`), so "
    "that each release reads what the other wrote"
)
_BEFORE = "`shelflife audit` finds such entries in production, `convert` and `purge` repair them"


def sentence_of(finding: Finding) -> str:
    """Say what was found."""
    return _SENTENCES[finding.subject.kind](finding)


def remedy_of(finding: Finding) -> str:
    """Say what to do."""
    subject = finding.subject
    accept = f'accept = ["{subject.kind}:{subject.key_class or subject.endpoint}"]'
    if subject.kind in {ERROR, ANSWER}:
        blind = "look at the entries below and at the service's log (--keep-logs DIR)"
        return f"{_SHELFLIFE}; {_BEFORE}" if finding.writer else blind
    return f"{_REMEDIES[subject.kind]}; if it is meant: {accept}"


def _error(finding: Finding) -> str:
    who, where = finding.subject.release, _where(finding)
    if finding.subject.mark == "by itself":
        return f"{who} fails at {where} by itself, on a cache of its own"
    return f"{who} {_failed(finding)} at {where}{_after(finding)}"


def _answer(finding: Finding) -> str:
    who = finding.subject.release
    return f"{who} answered {_where(finding)} otherwise than by itself{_after(finding)}"


def _release(finding: Finding) -> str:
    return f"new answers {_where(finding)} otherwise than old, by itself already"


def _unused(finding: Finding) -> str:
    key_class, who = finding.subject.key_class, finding.subject.release
    if finding.detail:  # nobody else's entries were needed to see it
        return (
            f"new makes no use of its own entries of {key_class}: {finding.detail}, and asks the "
            "origin each time"
        )
    return (
        f"{who} read entries of {key_class} that {_whose(finding)} had written at {_where(finding)}"
        ", and made no use of them: it replaced or removed them"
    )


def _keys(finding: Finding) -> str:
    where = _where(finding)
    return f"for {where} new uses other keys than old: neither finds the other's entries"


def _expiry(finding: Finding) -> str:
    return f"entries of {finding.subject.key_class} are given {finding.detail}"


_SENTENCES = {
    ERROR: _error,
    ANSWER: _answer,
    RELEASE: _release,
    UNUSED: _unused,
    KEYS: _keys,
    EXPIRY: _expiry,
}
_REMEDIES = {
    RELEASE: "mend it, or leave it out with `ignore_paths` or `ignore_headers` in [compare]",
    UNUSED: _SHELFLIFE,
    KEYS: "keep the keys, or mind that upgrade and rollback each begin with an empty cache",
    EXPIRY: "see whether one gives milliseconds where the other gives seconds",
}


def _where(finding: Finding) -> str:
    requests = "1 request" if finding.count == 1 else f"{finding.count:,} requests"
    if not finding.endpoints:
        return requests
    (most, _), *others = finding.endpoints.most_common()
    more = f" and {len(others)} other endpoints" if others else ""
    more = " and another endpoint" if len(others) == 1 else more
    return f"{requests} of {most}{more}"


def _failed(finding: Finding) -> str:
    statuses = [status for status in finding.statuses if status >= 500 or not status]
    if not statuses:
        return "logged an exception"
    shown = sorted(f"answered {status}" if status else "gave no answer" for status in statuses)
    return " or ".join(shown)


def _after(finding: Finding) -> str:
    if not finding.writer:
        return ""
    return (
        f", after it read entries of {finding.subject.key_class} that {_whose(finding)} had written"
    )


def _whose(finding: Finding) -> str:
    return {OLD: "old", NEW: "new", PRODUCTION: "production"}.get(finding.writer, "the other")
