"""The rollback, predicted without a trial: what a release on one runtime will write for another.

Rules:
1. The protocol is what the dialect's library chooses on the new runtime: `fails` if the old one
   reads no such protocol, whatever the value is.
2. Names are those of the entry, as the new runtime spells them. A name that the old one lacks
   fails.
3. Beyond these two only plain values and the well-known types of `SAFE` are certain; for all else
   the prediction is `unknown`, and a trial tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Callable, Optional

from shelflife.dialects.recognition import Recognised
from shelflife.lookup import Reason
from shelflife.pickles import SAFE, canonical
from shelflife.pickles.reader import Name, Reader, Resolution
from shelflife.pickles.refusals import shown
from shelflife.verdicts.verdict import Verdict

Resolve = Callable[[Reader, list[Name]], Mapping[Name, Resolution]]

_UNCERTAIN = ("zoneinfo", "ipaddress", "pathlib", "pathlib._local")  # constants and versions matter
_MOVED = {(3, 13): {"pathlib": "pathlib._local"}}
_REST = "beyond protocol and names this is inconclusive: try --stage trial"


def written_protocol(found: Recognised, writer: Reader) -> int:
    """Give the protocol that a release on this runtime writes such entries with."""
    if found.writes.isdigit():
        return min(int(found.writes), writer.highest_protocol)
    return writer.highest_protocol if found.writes == "highest" else writer.default_protocol


def predict(found: Recognised, new: Reader, old: Reader, resolve: Resolve) -> Verdict:
    """Say what `old` makes of the entry that a release on `new` will write in this one's place.

    Args:
        found: The live entry, a pickle.
        new: The runtime that writes.
        old: The runtime that reads.
        resolve: Gives what a runtime says of names.
    """
    protocol = written_protocol(found, new)
    if protocol > old.highest_protocol:
        detail = (
            f"Python {new.version[0]}.{new.version[1]} writes pickle protocol {protocol} here, and "
            f"Python {old.version[0]}.{old.version[1]} reads up to {old.highest_protocol}: "
            "after a rollback it raises ValueError on every entry written since"
        )
        return Verdict("fails", Reason.PROTOCOL.value, "static", detail)
    assert found.facts is not None, "only pickles are predicted"
    facts = found.facts
    names = [Name(*_respelled(pair, facts.declared, new), max(protocol, 3)) for pair in facts.names]
    if old.version < (3, 0) and names:
        return Verdict("unknown", "", "static", _REST)
    answers = resolve(old, names)
    stage = "resolve" if old.real else "static"
    for name in sorted(names):
        answer = answers.get(name)
        if answer is not None and answer.status == "missing":
            full = shown(f"{name.module}.{name.qualname}")
            detail = answer.detail or f"{full}, which the new release writes, does not exist there"
            return Verdict("fails", Reason.MISSING_NAME.value, stage, detail)
    if facts.unknown_names or not all(_is_certain(name, answers.get(name)) for name in names):
        return Verdict("unknown", "", stage, _REST)
    return Verdict("reads", "", stage if names else "static", "")


def _respelled(name: tuple[str, str], declared: int, new: Reader) -> tuple[str, str]:
    if new.version < (3, 0):
        return name
    module, qualname = canonical(*name, declared)
    return _MOVED.get(new.version, {}).get(module, module), qualname


def _is_certain(name: Name, answer: Optional[Resolution]) -> bool:
    if answer is None or answer.status != "found" or name.module in _UNCERTAIN:
        return False
    return f"{name.module}.{name.qualname}" in SAFE
