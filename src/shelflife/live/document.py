"""The document of an audit: everything that a report shows, as plain JSON types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional

from shelflife.live.audit import Audit, as_json, as_text
from shelflife.live.conclusions import (
    Conclusion,
    Excused,
    Finding,
    Roles,
    as_far_as_seen,
    conclude_order,
    conclude_rollback,
    conclude_upgrade,
    find_roles,
    findings_of,
    is_excused,
)
from shelflife.live.fixes import find_fixes
from shelflife.live.scanning import ELEMENTS
from shelflife.live.tally import Group
from shelflife.pickles.reader import Reader

SCHEMA = "shelflife-audit"
VERSION = 1
_SURE = 0.05
_FEATURES = (
    ("non_ascii", "8-bit strings that are not ASCII"),
    ("eight_bit", "8-bit strings"),
    ("persistent", "persistent ids"),
    ("buffers", "out-of-band buffers"),
    ("spliced", "arrays of joblib"),
    ("unknown_names", "names that are not spelled out"),
)


class Frame(NamedTuple):
    """What the document says besides what the audit has seen.

    Attributes:
        version: shelflife's own.
        kind: "server" or "rdb".
        shown: The source, without its password.
        again: The command that was run, without its stage.
        waived: The waived findings and why, by the number of their group.
        known: The findings that stand in the baseline, by the number of their group.
        baseline: The file's name; None if there is none.
    """

    version: str
    kind: str
    shown: str
    again: str
    waived: Mapping[int, Mapping[Finding, str]] = {}
    known: Mapping[int, AbstractSet[Finding]] = {}
    baseline: Optional[str] = None

    @property
    def excused(self) -> Excused:
        """All findings that decide nothing."""
        numbers = {*self.waived, *self.known}
        return {n: {*self.waived.get(n, ()), *self.known.get(n, ())} for n in numbers}


def order_groups(audit: Audit) -> list[Group]:
    """Give the groups, worst first."""
    roles = find_roles(audit.readers)

    def place(group: Group) -> tuple[int, int]:
        verdicts = [*group.judged.verdicts.values(), *group.judged.rewritten.values()]
        unsure = any(verdict.verdict == "unknown" for verdict in verdicts)
        bad = any(verdict.is_bad for verdict in verdicts)
        rank = 0 if findings_of(group, roles) else 1 if unsure else 2 if bad else 3
        return rank, -group.count

    return sorted(audit.tally.groups, key=place)


def make_document(audit: Audit, groups: Sequence[Group], frame: Frame) -> dict[str, Any]:
    """Give the document; `groups` as `order_groups` gave them."""
    roles = find_roles(audit.readers)
    stage, excused = audit.options.stage, frame.excused
    unseen = _unseen(audit)
    upgrade = as_far_as_seen(conclude_upgrade(groups, roles, excused), unseen)
    rollback = as_far_as_seen(conclude_rollback(groups, roles, stage, excused), unseen)
    repair = frame.again.partition("shelflife audit ")[2] if frame.kind == "server" else ""
    fixes = find_fixes(groups, roles, excused, audit.readers, stage, frame.again, repair)
    sampled = _sampled(audit)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "shelflife": frame.version,
        "source": _source(audit, frame),
        "started_at": datetime.fromtimestamp(audit.started, timezone.utc).isoformat(" ", "seconds"),
        "seconds": round(audit.seconds, 3),
        "partial": audit.partial or None,
        "sampled": sampled,
        "stage": stage,
        "deploy_in": audit.options.deploy_in,
        "targets": [_target(reader, roles) for reader in audit.readers],
        "seen": _seen(audit),
        "upgrade": upgrade._asdict(),
        "rollback": rollback._asdict(),
        "order": conclude_order(upgrade, rollback, roles)._asdict(),
        "groups": [_group(audit, number, group, frame) for number, group in enumerate(groups, 1)],
        "decay": {
            "hours": audit.tally.hours,
            "unreadable": {reader.name: _decay(audit, reader, groups) for reader in audit.readers},
        },
        "fixes": [fix._asdict() for fix in fixes],
        "effect": _effect(audit),
        "baseline": _baseline(groups, roles, frame),
        "exit_code": _exit_code(audit, upgrade, rollback, sampled),
        "next": _next(audit, upgrade, rollback, frame),
    }


def _source(audit: Audit, frame: Frame) -> dict[str, str]:
    return {
        "shown": frame.shown,
        "kind": frame.kind,
        "server": audit.server.version,
        "prefix": audit.options.prefix,
    }


def _seen(audit: Audit) -> dict[str, int]:
    tally = audit.tally
    return {
        "keys": tally.keys,
        "entries": tally.entries,
        "bytes": tally.size,
        "gone": tally.gone,
        "unreadable_types": tally.denied,
        "seen_twice": audit.scanner.seen_twice,
    }


def _target(reader: Reader, roles: Roles) -> dict[str, Any]:
    role = "old" if reader.name == roles.old else "new" if reader.name == roles.new else "other"
    return {
        "name": reader.name,
        "shown": reader.shown,
        "python": f"{reader.version[0]}.{reader.version[1]}",
        "real": reader.real,
        "role": role,
        "protections": list(reader.protections),
    }


def _group(audit: Audit, number: int, group: Group, frame: Frame) -> dict[str, Any]:
    found, left, at = group.found, group.left(), audit.tally.deploy_at
    facts = found.facts
    features = [words for name, words in _FEATURES if facts is not None and getattr(facts, name)]
    names = sorted(f"{module}.{name}" for module, name in facts.names) if facts is not None else []
    return {
        "id": number,
        "key_class": group.key_class,
        "dialect": found.dialect,
        "owners": list(found.owners),
        "codec": found.codec,
        "protocol": None if facts is None else facts.protocol,
        "state": found.state,
        "names": names,
        "features": features,
        "writer": found.writer,
        "count": group.count,
        "bytes": group.size,
        "without_ttl": group.without_ttl,
        "left_at_deploy": None if at is None else left[at],
        "left": left,
        "verdicts": {name: as_json(v) for name, v in group.judged.verdicts.items()},
        "rewritten": {pair: as_json(v) for pair, v in group.judged.rewritten.items()},
        "waived": _because(audit, group, number, frame),
        "known": number in frame.known
        and is_excused(group, number, find_roles(audit.readers), frame.excused),
        "keys": [as_text(key) for key in group.keys],
    }


def _because(audit: Audit, group: Group, number: int, frame: Frame) -> Optional[str]:
    """Say why a group is excused, if waivers are part of it."""
    if number not in frame.waived:
        return None
    if not is_excused(group, number, find_roles(audit.readers), frame.excused):
        return None
    return "; ".join(dict.fromkeys(frame.waived[number].values()))


def _unseen(audit: Audit) -> str:
    """Say why the audit has not seen everything; "" if it has."""
    tally, more = audit.tally, audit.scanner.more_elements
    if audit.partial:
        return audit.partial
    if not tally.entries:
        return "no entry could be read"
    if tally.denied:
        return f"{tally.denied:,} keys are of a type that could not be read"
    if more:
        return f"of {more:,} keys only the first {ELEMENTS:,} members were read"
    return ""


def _decay(audit: Audit, reader: Reader, groups: Sequence[Group]) -> list[int]:
    sums = [0] * len(audit.tally.hours)
    for group in groups:
        if group.judged.verdicts[reader.name].is_bad:
            sums = [a + b for a, b in zip(sums, group.left())]
    return sums


def _sampled(audit: Audit) -> Optional[dict[str, Any]]:
    asked = audit.options.sample
    if asked is None or audit.scanner.population <= asked:
        return None
    number = audit.tally.keys or 1
    bound = 1 - _SURE ** (1 / number)
    sentence = (
        f"{number:,} of {audit.scanner.population:,} keys were read, chosen at random: what none "
        f"of them showed is, with 95 % confidence, at most {bound:.2%} of the keys."
    )
    return {
        "asked": asked,
        "of": audit.scanner.population,
        "error_bound": bound,
        "sentence": sentence,
    }


def _effect(audit: Audit) -> dict[str, Any]:
    sentence = (
        f"This audit read {audit.reads:,} keys and wrote nothing; keyspace_hits counts each twice, "
        "for its entry and its expiry."
    )
    if audit.hits_meanwhile is not None:
        sentence += (
            f" The server counted {audit.hits_meanwhile:,} hits in that time, ours included."
        )
    if audit.quiet:
        sentence += " CLIENT NO-TOUCH kept their ages as they were."
    elif audit.server.evicts:
        sentence += f" They count as used just now (eviction policy {audit.server.policy})."
    elif not audit.server.policy:
        sentence += " INFO is denied, so its eviction policy is not known."
    return {
        "keyspace_hits": audit.hits,
        "keyspace_misses": 2 * audit.tally.gone,
        "no_touch": audit.quiet,
        "sentence": sentence,
    }


def _baseline(groups: Sequence[Group], roles: Roles, frame: Frame) -> Optional[dict[str, Any]]:
    if frame.baseline is None:
        return None
    broken = [(number, findings_of(group, roles)) for number, group in enumerate(groups, 1)]
    new = [number for number, found in broken if found - set(frame.excused.get(number, ()))]
    return {"file": frame.baseline, "new": len(new), "known": len(frame.known)}


def _exit_code(
    audit: Audit, upgrade: Conclusion, rollback: Conclusion, sampled: Optional[dict[str, Any]]
) -> int:
    if "unsafe" in {upgrade.verdict, rollback.verdict}:
        return 1
    if _unseen(audit) or "unknown" in {upgrade.verdict, rollback.verdict}:
        return 3
    return 3 if sampled is not None and sampled["error_bound"] > _SURE else 0


def _next(audit: Audit, upgrade: Conclusion, rollback: Conclusion, frame: Frame) -> str:
    stage = audit.options.stage
    if audit.partial:
        return f"{frame.again} --stage {stage}  # to its end"
    if audit.tally.denied:
        rights = "HSCAN, SSCAN, ZSCAN, LRANGE and XRANGE"
        return f"{frame.again} --stage {stage}  # as a user who may run {rights}"
    if rollback.verdict == "not-asked":
        return f"{frame.again} --target old=PYTHON"
    if stage != "trial" and "unknown" in {upgrade.verdict, rollback.verdict}:
        return f"{frame.again} --stage trial"
    if "unsafe" in {upgrade.verdict, rollback.verdict}:
        return f"{frame.again} --stage {stage} --json audit.json  # later: --against audit.json"
    return f"{frame.again} --stage {stage} --html audit.html"
