"""What to do about what an audit found: numbered, each with the line that does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shelflife.codecs.pickle import protocol_at
from shelflife.dialects import name_of_entry
from shelflife.live.conclusions import Excused, Roles, rollbacks_of, upgrades_of, worst
from shelflife.live.tally import Group
from shelflife.lookup import Reason
from shelflife.pickles.reader import Reader
from shelflife.verdicts import Verdict

_Found = dict[tuple[str, str], list[Group]]


class Fix(NamedTuple):
    """A sentence, and a command or a line of code ("" if there is none)."""

    text: str
    command: str


def find_fixes(
    groups: Sequence[Group],
    roles: Roles,
    excused: Excused,
    readers: Sequence[Reader],
    stage: str,
    again: str,
    repair: str = "",
) -> list[Fix]:
    """Give the fixes for these groups, the most entries first.

    Args:
        groups: All groups.
        roles: Which target is which.
        excused: What decides nothing.
        readers: The targets.
        stage: The stage that was gone to.
        again: The command that was run, without its stage.
        repair: The words of it that a repair takes as well: source, targets, prefix; "" if the
            source cannot be repaired.
    """
    fixes: list[Fix] = []
    rollback: _Found = {}
    upgrade: _Found = {}
    for number, group in enumerate(groups, 1):
        known = excused.get(number, ())
        _add(upgrade, group, worst(upgrades_of(group, roles), known))
        _add(rollback, group, worst(rollbacks_of(group), known))
    versions = {reader.name: reader.version for reader in readers}
    found = rollback.pop(("fails", Reason.PROTOCOL.value), None)
    if found is not None and roles.old is not None:
        major, minor = versions[roles.old]
        fixes.append(_lower_the_protocol(found, f"{major}.{minor}", roles))
    found = upgrade.pop(("fails", Reason.PY2_BYTES.value), None)
    if found is not None:
        fixes.append(_read_python2(found))
        if repair and any(group.found.dialect == "werkzeug" for group in found):
            fixes.append(_convert_python2(found, repair, roles))
    counts: Counter[tuple[str, str]] = Counter()
    for findings in (upgrade, rollback):
        counts.update({finding: _entries(groups) for finding, groups in findings.items()})
    for (verdict, reason), count in counts.most_common():
        fix = _other(verdict, reason, count, stage, again)
        if repair and not fix.command and (verdict, reason) in upgrade:
            fix = _or_purge(fix, reason, repair, roles)
        fixes.append(fix)
    return fixes


def _add(found: _Found, group: Group, verdict: Verdict) -> None:
    if verdict.verdict != "reads":
        found.setdefault((verdict.verdict, verdict.reason), []).append(group)


def _entries(groups: Iterable[Group]) -> int:
    return sum(group.count for group in groups)


def _ours(groups: Iterable[Group]) -> str:
    """Name the dialect that a cache reads and writes, if one of these groups is of it."""
    names = (name_of_entry(group.found.dialect, group.found.codec) for group in groups)
    return next(filter(None, names), "")


def _lower_the_protocol(groups: Sequence[Group], floor: str, roles: Roles) -> Fix:
    text = (
        f"{roles.new} must write what {roles.old} reads, until nobody will roll back: that is "
        f"pickle protocol {protocol_at(floor)} at most ({_entries(groups):,} entries)."
    )
    ours = _ours(groups)
    if not ours:
        return Fix(text, "")
    return Fix(text, f'Cache(url, prefix=..., reads="{ours}", writes="{ours}", floor="{floor}")')


def _read_python2(groups: Sequence[Group]) -> Fix:
    text = (
        f"{_entries(groups):,} entries hold Python 2's 8-bit strings: read them with a cache that "
        "knows these, until they have expired."
    )
    ours = _ours(groups)
    if not ours:
        return Fix(text, "")
    return Fix(text, f'Cache(url, prefix=..., reads="{ours}", py2_text="utf8-else-bytes")')


def _convert_python2(groups: Sequence[Group], repair: str, roles: Roles) -> Fix:
    text = (
        f"Or write these {_entries(groups):,} entries again in place, once every release that may "
        "still run reads entries of shelflife (this shows the plan):"
    )
    reason = Reason.PY2_BYTES.value
    command = f"shelflife convert {repair} --to portable --fails {roles.new} --reason {reason}"
    return Fix(text, command)


def _or_purge(fix: Fix, reason: str, repair: str, roles: Roles) -> Fix:
    text = f"{fix.text} Or remove just these with the deploy (this shows the plan):"
    return Fix(text, f"shelflife purge {repair} --fails {roles.new} --reason {reason}")


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
