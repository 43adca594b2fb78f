"""What became of the entries: counts that add up, by key class and dialect, and what was refused.

Rules:
1. selected = done + changed-meanwhile + gone + refused + failed, in all and in every row.
2. An entry counts each time it is selected; a refused one counts once.
3. Memory is bounded: at most 200 key classes, and some 70 bytes for each refused entry, up to a
   million of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from shelflife.dialects.recognition import Recognised
from shelflife.live.key_classes import KeyClasses
from shelflife.live.repair.conversion import Refusal

OUTCOMES = ("done", "changed-meanwhile", "gone", "refused", "failed")
LETTERS = {"d": "done", "c": "changed-meanwhile", "g": "gone", "f": "failed"}
NOT_DONE = "not done"
"""What a crash or a refusing server kept from being changed: the scan comes upon it again."""
_LETTER_OF = {NOT_DONE: "n", **{outcome: letter for letter, outcome in LETTERS.items()}}
_MOST_REFUSED = 1_000_000
_MOST_REASONS = 200


class Row(NamedTuple):
    """What entries have in common."""

    key_class: str
    dialect: str
    codec: str


class Summary:
    """All counts of a run, and of the runs that it goes on from.

    Args:
        prefix: What keys begin with.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._skip = len(prefix.encode("utf-8", "surrogateescape"))
        self._classes = KeyClasses(prefix)
        self._learned = False
        self._refused: set[int] = set()
        self.rows: dict[Row, Counter[str]] = {}
        self.refusals: dict[tuple[str, str], int] = {}
        self.keys = self.nothing_to_do = self.state = self.gone = self.bytes = 0

    def learn(self, keys: Sequence[bytes]) -> None:
        """Learn key classes from the first keys."""
        if not self._learned and keys:
            self._learned = True
            self._classes.learn([self._text(key) for key in keys])

    def count(self, key: bytes, found: Recognised, outcome: str) -> None:
        """Count one selected entry."""
        row = Row(self._classes.of(self._text(key)), found.dialect, found.codec)
        counts = self.rows.get(row)
        if counts is None:
            counts = self.rows[row] = Counter()
        counts[outcome] += 1

    def refuse(self, key: bytes, found: Recognised, refusal: Refusal) -> bool:
        """Count a refused entry, unless it has been: whether it is new."""
        if not self.remember_refused(key):
            return False
        self.count(key, found, "refused")
        why: tuple[str, str] = (refusal.reason, refusal.detail)
        if why not in self.refusals and len(self.refusals) >= _MOST_REASONS:
            why = (refusal.reason, "")
        self.refusals[why] = self.refusals.get(why, 0) + 1
        return True

    def remember_refused(self, key: bytes) -> bool:
        """Remember a key as refused; whether it was not known as such."""
        mark = hash(key)
        if mark in self._refused:
            return False
        if len(self._refused) < _MOST_REFUSED:
            self._refused.add(mark)
        return True

    def forget_refused(self, key: bytes) -> None:
        """Let a key be counted as refused once more."""
        self._refused.discard(hash(key))

    def total(self, outcome: str) -> int:
        """Give how many entries met an outcome."""
        return sum(counts[outcome] for counts in self.rows.values())

    @property
    def selected(self) -> int:
        """How many entries were selected."""
        return sum(self.total(outcome) for outcome in OUTCOMES)

    def begin_anew(self) -> None:
        """The scan begins again from the start: what was seen will be seen again."""
        self.keys = self.nothing_to_do = self.state = self.gone = 0

    def as_state(self) -> dict[str, Any]:
        """Give all of it as plain types, for a checkpoint."""
        seen = {name: getattr(self, name) for name in _SEEN}
        # A prefix may be any bytes, which MessagePack does not take as text.
        rows = [
            [row.key_class.encode("utf-8", "surrogateescape"), *row[1:], dict(counts)]
            for row, counts in self.rows.items()
        ]
        refusals = [[*why, count] for why, count in self.refusals.items()]
        return {"seen": seen, "rows": rows, "refusals": refusals}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's."""
        for name in _SEEN:
            setattr(self, name, state["seen"][name])
        self.rows = {
            Row(key_class.decode("utf-8", "surrogateescape"), *more): Counter(counts)
            for key_class, *more, counts in state["rows"]
        }
        self.refusals = {(reason, detail): n for reason, detail, n in state["refusals"]}

    def _text(self, key: bytes) -> str:
        return key[self._skip :].decode("utf-8", "replace")


_SEEN = ("keys", "nothing_to_do", "state", "gone", "bytes")


def letter_of(outcome: str) -> str:
    """Give the letter that stands for an outcome in the journal."""
    return _LETTER_OF[outcome]
