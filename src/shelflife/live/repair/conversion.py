"""An entry's bytes for other readers: read, written again, read once more, and compared.

Rules:
1. Only the dialects that a cache serves are converted: `werkzeug`, and shelflife's own.
2. Pickles are read by the machine of `shelflife.pickles`, under its budgets and the allow list.
3. The new bytes are read back, and must give the same value, type for type. What cannot be shown to
   be the same is refused.
4. Counters stay what they are: the server must be able to count, and everybody reads them.
5. Envelopes carry the guard byte, so that a client of the dialect that is left reports a miss.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple, Optional, Union

from shelflife.codecs import Codecs, Types
from shelflife.codecs.pickle import PickleCodec, parse_floor, protocol_at
from shelflife.dialects import Werkzeug
from shelflife.dialects.recognition import Recognised
from shelflife.errors import BelowFloor, ConfigurationError, NotPortable, Unreadable
from shelflife.live.repair.equality import are_same
from shelflife.live.repair.selection import Entry
from shelflife.operations.entries import EntryReader, EntryTooLarge, EntryWriter
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Py2Text

MAX_BYTES = 16 * 1024 * 1024
TARGETS = ("portable", "werkzeug")
_READ = ("werkzeug", "shelflife")
# A few bytes can hold lists that hold each other and unfold without end: nobody could write them.
_BUDGET = replace(DEFAULT_BUDGET, bytes=MAX_BYTES, parts=5_000_000)
_OWN_FLOOR = "3.9"


class Refusal(NamedTuple):
    """Why an entry is left as it is.

    Attributes:
        reason: A `Reason`, or one of `REFUSALS`.
        detail: A sentence without anything of the value.
    """

    reason: str
    detail: str


REFUSALS = {
    "not-ours": "a dialect that shelflife does not read",
    "not-portable": "a value that the portable codec does not carry",
    "below-floor": "a value that the floor's readers would not read",
    "not-the-same": "new bytes that would not give the same value",
    "no-change": "the new bytes would be the old ones",
    "still-fails": "new bytes that a target would not read either",
}


class Converter:
    """Makes new bytes of entries.

    Args:
        to: "portable", or "werkzeug".
        floor: For "werkzeug": the oldest Python that must read the new bytes, such as "2.7".
        allow: The names that pickles may refer to.
        py2_text: What 8-bit strings of Python 2 are; None for the default, which leaves entries
            alone that hold both kinds.
        types: The registered classes.

    Raises:
        ConfigurationError: If the options do not fit together.
    """

    def __init__(
        self,
        to: str,
        floor: Optional[str] = None,
        *,
        allow: Optional[AllowList] = None,
        py2_text: Optional[Py2Text] = None,
        types: Optional[Types] = None,
    ) -> None:
        if to not in TARGETS:
            raise ConfigurationError(f"--to {to}: entries are converted to {' or '.join(TARGETS)}")
        if to == "werkzeug" and floor is None:
            raise ConfigurationError("--to werkzeug needs --floor, the oldest Python, such as 2.7")
        if to == "portable" and floor is not None:
            raise ConfigurationError("--floor belongs to --to werkzeug: portable has none")
        self.to = to
        self._allow = AllowList.default() if allow is None else allow
        self._text = Py2Text.UTF8_ELSE_BYTES if py2_text is None else py2_text
        self._both_kinds = py2_text is not None
        self._mixed = False
        pickle = PickleCodec(self._allow, _OWN_FLOOR, text=self._text, budget=_BUDGET)
        codecs = Codecs(types, reads=[pickle])
        self._reader = EntryReader(codecs, self._dialect(None), MAX_BYTES)
        self._protocol = 5 if floor is None else protocol_at(floor)
        self._old_floor = floor is not None and parse_floor(floor) < (3, 0)
        self._writer = EntryWriter(
            codecs,
            None if floor is None else self._dialect(floor),
            MAX_BYTES,
            guard=True,
            compress=False,
            writer=None,
        )

    def is_there(self, found: Recognised) -> bool:
        """Whether an entry is already what it would become, so that nothing is to be done."""
        if found.codec == "int":
            return True
        if self.to == "portable":
            return found.dialect == "shelflife" and found.codec != "envelope+pickle"
        facts = found.facts
        if found.dialect != "werkzeug" or found.reason:
            return False
        return facts is None or facts.protocol <= self._protocol

    def convert(self, entry: Entry) -> Union[bytes, Refusal]:
        """Give the new bytes of an entry, or why there are none. Never raises for its sake."""
        refusal = self._refuse(entry)
        if refusal is not None:
            return refusal
        try:
            return self._new_bytes(entry.stored.raw)
        except Unreadable as error:
            return Refusal(str(error.reason), error.detail)
        except NotPortable as error:  # its message would quote keys of the value
            return Refusal("not-portable", f"{error.type_name}: {error.remedy}")
        except BelowFloor as error:
            return Refusal("below-floor", error.detail)

    def _new_bytes(self, raw: bytes) -> Union[bytes, Refusal]:
        value = self._read(raw)
        try:
            new = self._writer.write(value)
        except EntryTooLarge as error:
            return Refusal("too-large", str(error))
        if new == raw:
            return Refusal("no-change", "it is what would be written for it already")
        if not are_same(value, self._read(new)):
            return Refusal("not-the-same", "the new bytes would give another value")
        return new

    def _dialect(self, floor: Optional[str]) -> Werkzeug:
        return Werkzeug(
            allow=self._allow, text=self._text, floor=floor, note=self._note, budget=_BUDGET
        )

    def _note(self, _: str) -> None:
        self._mixed = True

    def _refuse(self, entry: Entry) -> Optional[Refusal]:
        stored, found = entry.stored, entry.found
        if stored.redis_type != "string":
            detail = f"it lies in a {stored.redis_type}; only strings are entries of a cache"
            return Refusal("wrong-type", detail)
        if found.reason:
            return Refusal(str(found.reason), found.detail)
        if found.dialect not in _READ:
            return Refusal(
                "not-ours",
                f"{found.dialect} entries are not converted, only those of werkzeug and shelflife; "
                "if the service reads them as such, say --reads werkzeug",
            )
        facts = found.facts
        if self._old_floor and facts is not None and facts.non_ascii:
            detail = "its 8-bit strings of Python 2 would be text there afterwards"
            return Refusal("not-the-same", detail)
        return None

    def _read(self, raw: bytes) -> Any:
        """Give the value, unless it is a mixture."""
        self._mixed = False
        value = self._reader.read(raw)
        if self._mixed and not self._both_kinds:
            raise Unreadable(
                "py2-bytes",
                "some of its 8-bit strings of Python 2 are UTF-8 and some are not; --py2-text says "
                "what they are",
            )
        return value
