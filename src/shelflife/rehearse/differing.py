"""What the two releases do differently by themselves, found out before they share a cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Optional

from shelflife.rehearse.answers import Comparer, Difference
from shelflife.rehearse.entries.book import NEW, OLD
from shelflife.rehearse.findings import (
    ERROR,
    EXPIRY,
    KEYS,
    RELEASE,
    UNUSED,
    Example,
    Findings,
    Subject,
    general_place,
)
from shelflife.rehearse.learned import Alone, Learned
from shelflife.rehearse.phases import LEARN
from shelflife.rehearse.requests import Request
from shelflife.rehearse.running import Seen

_TIMES = 5.0  # lives that differ by more than that are no rounding and no jitter
_OFTEN, _SELDOM = 0.5, 0.2


def find_differences(
    requests: Sequence[Request], learned: Learned, comparer: Comparer, findings: Findings
) -> None:
    """Add what differs: answers, keys, lives of entries, and what is kept at all.

    Args:
        requests: Each one once.
        learned: What each release does by itself.
        comparer: Knows their answers; settled.
        findings: Are added to.
    """
    for request in requests:
        _compare_answers(request, learned, comparer, findings)
    _compare_keys(requests, learned, findings)
    _compare_lives(learned, findings)
    _compare_keeping(learned, findings)


def _compare_answers(
    request: Request, learned: Learned, comparer: Comparer, findings: Findings
) -> None:
    answer = comparer.reference(request, NEW)
    if answer is None:
        return
    seen = Seen(request, NEW, LEARN, answer, (), sure=True)
    expected = comparer.reference(request, OLD)
    if learned.fails_alone(NEW, request) and not learned.fails_alone(OLD, request):
        subject = Subject(ERROR, "", NEW, endpoint=request.endpoint, mark="by itself")
        findings.add(subject, LEARN, Example(seen, expected, (), ()))
        return
    differences: tuple[Difference, ...] = comparer.compare(request, NEW, answer).old
    if differences:
        mark = general_place(differences[0].path)
        subject = Subject(RELEASE, "", NEW, endpoint=request.endpoint, mark=mark)
        findings.add(subject, LEARN, Example(seen, expected, differences, ()))


def _compare_keys(requests: Sequence[Request], learned: Learned, findings: Findings) -> None:
    apart: Counter[str] = Counter()
    together: Counter[str] = Counter()
    for request in requests:
        mine, theirs = (learned.steady_places(release, request) for release in (OLD, NEW))
        if mine and theirs:  # else one of them uses no cache for it, or other keys every time
            moved = mine - theirs and theirs - mine  # another key may be shared by all requests
            (apart if moved else together)[request.endpoint] += 1
    for endpoint, count in apart.items():
        if count > together[endpoint]:
            findings.add(Subject(KEYS, "", NEW, endpoint=endpoint), LEARN, count=count)


def _compare_lives(learned: Learned, findings: Findings) -> None:
    for release, key_class in list(learned.lives):
        if release != OLD or (NEW, key_class) not in learned.lives:
            continue
        old, new = (_typical(learned.lives[who, key_class]) for who in (OLD, NEW))
        if _differ(old, new):
            detail = f"{_span(old)} by old, {_span(new)} by new"
            findings.add(Subject(EXPIRY, "", NEW, key_class), LEARN, detail=detail)


def _compare_keeping(learned: Learned, findings: Findings) -> None:
    for (release, key_class), new in list(learned.alone.items()):
        old = learned.alone.get((OLD, key_class), Alone())
        if release != NEW or not old.read or old.share_missed > _SELDOM:
            continue
        if new.share_missed > _OFTEN:
            how = "it does not keep them" if new.absent > new.unused else "it writes them anew"
            subject = Subject(UNUSED, "", NEW, key_class, mark=how)
            findings.add(subject, LEARN, detail=how, count=new.unused + new.absent)


def _typical(lives: Sequence[Optional[float]]) -> Optional[float]:
    """Give the median in seconds; None if most never expire."""
    ending = [life for life in lives if life is not None]
    return median(ending) if 2 * len(ending) > len(lives) else None


def _differ(old: Optional[float], new: Optional[float]) -> bool:
    if old is None or new is None:
        return old is not new
    return max(old, new) > _TIMES * max(min(old, new), 0.001)


def _span(seconds: Optional[float]) -> str:
    if seconds is None:
        return "no expiry"
    return f"{seconds:,.3g} s" if seconds < 1000 else f"{seconds:,.0f} s"
