"""Which entries a change is about.

Rules:
1. Every option narrows the choice; an option that is repeated widens what it says itself.
2. `reasons` is about the targets that `fails` names; about all, and about what no runtime reads
   (`corrupt`, `foreign`, ...), if it names none.
3. What is no cache entry but state (queues, jobs, sessions, locks) is not selected, unless asked
   for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Optional

from shelflife.dialects import KNOWN
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.errors import ConfigurationError
from shelflife.lookup import Reason
from shelflife.verdicts import Judged

NO_TTL = -1


class Entry(NamedTuple):
    """One entry of the scan, and all that is known of it.

    Attributes:
        stored: Key and bytes.
        ttl: Milliseconds left; -1 for no expiry.
        found: What it is.
        judged: The targets' verdicts; None if nobody asked for them.
    """

    stored: Stored
    ttl: int
    found: Recognised
    judged: Optional[Judged]


@dataclass(frozen=True)
class Selection:
    """The options that choose entries.

    Attributes:
        prefix: What keys begin with; "" for all.
        dialects: Names of dialects.
        fails: Targets that fail to read it.
        changed: Targets that read another value.
        reasons: Reasons.
        no_ttl: Only what never expires.
        state: State as well.
    """

    prefix: str = ""
    dialects: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    no_ttl: bool = False
    state: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the choice."""
        return not (
            self.prefix
            or self.dialects
            or self.fails
            or self.changed
            or self.reasons
            or self.no_ttl
        )

    @property
    def is_about_verdicts(self) -> bool:
        """Whether entries must be judged to be chosen."""
        return bool(self.fails or self.changed or self.reasons)

    def check(self, targets: Sequence[str], stage: str) -> None:
        """See whether the options fit together.

        Raises:
            ConfigurationError: If not; the message says what does.
        """
        for option, names in (("--fails", self.fails), ("--changed", self.changed)):
            for name in names:
                if name not in targets:
                    there = ", ".join(targets) or "none"
                    raise ConfigurationError(
                        f"{option} {name}: no --target has that name; there are: {there}"
                    )
        if self.changed and stage != "trial":
            raise ConfigurationError("--changed needs values to be loaded: add --stage trial")
        for option, given, known in (
            ("--dialect", self.dialects, KNOWN),
            ("--reason", self.reasons, tuple(reason.value for reason in Reason)),
        ):
            for name in given:
                if name not in known:
                    raise ConfigurationError(f"{option} {name}: known are {', '.join(known)}")

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is selected. State is never looked at here: see `is_left_alone`."""
        if self.no_ttl and entry.ttl != NO_TTL:
            return False
        if self.dialects and entry.found.dialect not in self.dialects:
            return False
        return not self.is_about_verdicts or self._is_bad(entry)

    def is_left_alone(self, found: Recognised) -> bool:
        """Whether this is state that nobody asked for."""
        return bool(found.state) and not self.state

    def _is_bad(self, entry: Entry) -> bool:
        judged = {} if entry.judged is None else entry.judged.verdicts
        failing = {n: v.reason for n, v in judged.items() if v.verdict == "fails"}
        changed = {name for name, verdict in judged.items() if verdict.verdict == "changed"}
        if self.fails and failing.keys().isdisjoint(self.fails):
            return False
        if self.changed and changed.isdisjoint(self.changed):
            return False
        if not self.reasons:
            return True
        reasons = {reason for n, reason in failing.items() if not self.fails or n in self.fails}
        if not self.fails:
            reasons.add(entry.found.reason)
        return not reasons.isdisjoint(self.reasons)
