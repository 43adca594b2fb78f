"""What to do about what an audit found: numbered, each with the line that does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shelflife.live.conclusions import Roles, rollback_of, upgrade_of
from shelflife.live.tally import Group
from shelflife.lookup import Reason
from shelflife.pickles.reader import Reader

_READABLE_BY_US = ("werkzeug",)


class Fix(NamedTuple):
    """A sentence, and a command or a line of code ("" if there is none)."""

    text: str
    command: str


def find_fixes(
    groups: Sequence[Group], roles: Roles, readers: Sequence[Reader], stage: str, again: str
) -> list[Fix]:
    """Give the fixes for these groups, the most entries first.

    Args:
        groups: Those that are neither waived nor known.
        roles: Which target is which.
        readers: The targets.
        stage: The stage that was gone to.
        again: The command that was run, without its stage.
    """
    fixes: list[Fix] = []
    rollback = _count(groups, lambda group: rollback_of(group, roles))
    upgrade = _count(groups, lambda group: upgrade_of(group, roles))
    dialects = {group.found.dialect for group in groups}
    ours = next((name for name in _READABLE_BY_US if name in dialects), "")
    versions = {reader.name: reader.version for reader in readers}
    if (count := rollback.pop(("fails", Reason.PROTOCOL.value), 0)) and roles.old:
        major, minor = versions[roles.old]
        fixes.append(_lower_the_protocol(count, f"{major}.{minor}", roles, ours))
    if count := upgrade.pop(("fails", Reason.PY2_BYTES.value), 0):
        fixes.append(
            Fix(
                f"{count:,} entries hold Python 2's 8-bit strings: read them with a cache that "
                "knows these, until they have expired.",
                f'Cache(url, prefix=..., reads="{ours}", py2_text="utf8-else-bytes")'
                if ours
                else "",
            )
        )
    for (verdict, reason), count in (upgrade + rollback).most_common():
        fixes.append(_other(verdict, reason, count, stage, again))
    return fixes


def _count(groups: Iterable[Group], verdict_of: object) -> Counter[tuple[str, str]]:
    assert callable(verdict_of), "given by find_fixes"
    found: Counter[tuple[str, str]] = Counter()
    for group in groups:
        verdict = verdict_of(group)
        if verdict.verdict != "reads":
            found[verdict.verdict, verdict.reason] += group.count
    return found


def _lower_the_protocol(count: int, floor: str, roles: Roles, ours: str) -> Fix:
    text = (
        f"{roles.new} must write what {roles.old} reads, until nobody will roll back: that is "
        f"pickle protocol {'2' if floor == '2.7' else '4'} at most ({count:,} entries)."
    )
    if not ours:
        return Fix(text, "")
    return Fix(text, f'Cache(url, prefix=..., reads="{ours}", writes="{ours}", floor="{floor}")')


_TEXTS = {
    Reason.MISSING_NAME.value: (
        "{count:,} entries refer to names that the reading release lacks: keep the old names "
        "importable there (an alias in the old module is enough) until these entries have expired."
    ),
    Reason.LOAD_ERROR.value: (
        "{count:,} entries raise while they are loaded: give the class a __setstate__ or "
        "__reduce__ that takes both states, or let them expire before the deploy."
    ),
    Reason.PROTOCOL.value: (
        "{count:,} entries are of a pickle protocol that the reading release does not know: pin "
        "the protocol in the release that writes them."
    ),
    Reason.OVER_BUDGET.value: (
        "{count:,} entries take too much time or memory to load: look at what writes them."
    ),
}


def _other(verdict: str, reason: str, count: int, stage: str, again: str) -> Fix:
    if verdict == "changed":
        return Fix(
            f"{count:,} entries load as another value: change the key (a version in the prefix) "
            "with the deploy, so that neither release reads the other's.",
            'Cache(url, prefix="v2:...")',
        )
    if verdict == "unknown":
        if stage != "trial":
            return Fix(
                f"{count:,} entries cannot be judged without loading them.",
                f"{again} --stage trial",
            )
        return Fix(
            f"{count:,} entries could not be judged: name real runtimes for all targets, and "
            "what prepares them with --setup.",
            "",
        )
    text = _TEXTS.get(reason, "{count:,} entries are not read ({reason}): let them expire first.")
    return Fix(text.format(count=count, reason=reason), "")
