"""The document of an audit: everything that a report shows, as plain JSON types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple, Optional

from shelflife.live.audit import Audit, as_json, as_text
from shelflife.live.conclusions import (
    Conclusion,
    Roles,
    conclude_order,
    conclude_rollback,
    conclude_upgrade,
    find_roles,
    is_broken,
)
from shelflife.live.fixes import find_fixes
from shelflife.live.tally import Group
from shelflife.pickles.reader import Reader

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
        waived: Why a group is waived, by its number; groups that are not are left out.
        known: The numbers of groups that stand in the baseline.
        baseline: The file's name; None if there is none.
    """

    version: str
    kind: str
    shown: str
    again: str
    waived: Mapping[int, str] = {}
    known: frozenset[int] = frozenset()
    baseline: Optional[str] = None


def order_groups(audit: Audit) -> list[Group]:
    """Give the groups, worst first."""
    roles = find_roles(audit.readers)

    def place(group: Group) -> tuple[int, int]:
        verdicts = [*group.judged.verdicts.values(), *group.judged.rewritten.values()]
        unsure = any(verdict.verdict == "unknown" for verdict in verdicts)
        bad = any(verdict.is_bad for verdict in verdicts)
        rank = 0 if is_broken(group, roles) else 1 if unsure else 2 if bad else 3
        return rank, -group.count

    return sorted(audit.tally.groups, key=place)


def make_document(audit: Audit, groups: Sequence[Group], frame: Frame) -> dict[str, Any]:
    """Give the document; `groups` as `order_groups` gave them."""
    roles = find_roles(audit.readers)
    deciding = [
        group
        for number, group in enumerate(groups, 1)
        if number not in frame.waived and number not in frame.known
    ]
    stage = audit.options.stage
    upgrade = conclude_upgrade(deciding, roles)
    rollback = conclude_rollback(deciding, roles, stage)
    fixes = find_fixes(deciding, roles, audit.readers, stage, frame.again)
    sampled = _sampled(audit)
    tally = audit.tally
    return {
        "schema": "shelflife-audit",
        "version": 1,
        "shelflife": frame.version,
        "source": {
            "shown": frame.shown,
            "kind": frame.kind,
            "server": audit.server.version,
            "prefix": audit.options.prefix,
        },
        "started_at": datetime.fromtimestamp(audit.started, timezone.utc).isoformat(" ", "seconds"),
        "seconds": round(audit.seconds, 3),
        "partial": audit.partial or None,
        "sampled": sampled,
        "stage": stage,
        "deploy_in": audit.options.deploy_in,
        "targets": [_target(reader, roles) for reader in audit.readers],
        "seen": {
            "keys": tally.keys,
            "entries": tally.entries,
            "bytes": tally.size,
            "gone": tally.gone,
            "unreadable_types": tally.denied,
        },
        "upgrade": upgrade._asdict(),
        "rollback": rollback._asdict(),
        "order": conclude_order(upgrade, rollback, roles)._asdict(),
        "groups": [_group(audit, number, group, frame) for number, group in enumerate(groups, 1)],
        "decay": {
            "hours": tally.hours,
            "unreadable": {reader.name: _decay(audit, reader, groups) for reader in audit.readers},
        },
        "fixes": [fix._asdict() for fix in fixes],
        "effect": _effect(audit),
        "baseline": _baseline(groups, roles, frame),
        "exit_code": _exit_code(audit, upgrade, rollback, sampled),
        "next": _next(stage, upgrade, rollback, frame),
    }


def _target(reader: Reader, roles: Roles) -> dict[str, Any]:
    role = "new" if reader.name == roles.new else "old" if reader.name == roles.old else "other"
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
        "waived": frame.waived.get(number),
        "known": number in frame.known,
        "keys": [as_text(key) for key in group.keys],
    }


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
    reads = audit.reads
    sentence = f"This audit read {reads:,} keys, which keyspace_hits counts; it wrote nothing."
    if audit.quiet:
        sentence += " CLIENT NO-TOUCH kept their ages as they were."
    elif audit.server.evicts:
        sentence += f" They count as used just now (eviction policy {audit.server.policy})."
    elif not audit.server.policy:
        sentence += " INFO is denied, so its eviction policy is not known."
    return {
        "keyspace_hits": reads,
        "keyspace_misses": audit.tally.gone,
        "no_touch": audit.quiet,
        "sentence": sentence,
    }


def _baseline(groups: Sequence[Group], roles: Roles, frame: Frame) -> Optional[dict[str, Any]]:
    if frame.baseline is None:
        return None
    broken = {number for number, group in enumerate(groups, 1) if is_broken(group, roles)}
    new = broken - frame.known - frame.waived.keys()
    return {"file": frame.baseline, "new": len(new), "known": len(frame.known)}


def _exit_code(
    audit: Audit, upgrade: Conclusion, rollback: Conclusion, sampled: Optional[dict[str, Any]]
) -> int:
    if "unsafe" in {upgrade.verdict, rollback.verdict}:
        return 1
    if audit.partial or "unknown" in {upgrade.verdict, rollback.verdict}:
        return 3
    return 3 if sampled is not None and sampled["error_bound"] > _SURE else 0


def _next(stage: str, upgrade: Conclusion, rollback: Conclusion, frame: Frame) -> str:
    if rollback.verdict == "not-asked":
        return f"{frame.again} --target old=PYTHON"
    if stage != "trial" and "unknown" in {upgrade.verdict, rollback.verdict}:
        return f"{frame.again} --stage trial"
    if "unsafe" in {upgrade.verdict, rollback.verdict}:
        return f"{frame.again} --stage {stage} --json audit.json  # later: --against audit.json"
    return f"{frame.again} --stage {stage} --html audit.html"
