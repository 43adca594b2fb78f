"""The dialect of werkzeug.contrib.cache and cachelib, all releases: Redis, Valkey, DynamoDB.

Rules of the reader, in order:
1. `!` and a pickle, of any protocol.
2. ASCII that `int()` takes, blanks, sign and underscores included.
3. Anything else is a value: the raw bytes.

Ours differs in two things: what is empty, a bare `!`, or may be a damaged envelope is no value; and
under Flask-Caching, whose releases since 2.0 write nothing without `!` but integers, rule 3 is off.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional

from shelflife.codecs.pickle import Lacks, PickleCodec, lacks_nothing
from shelflife.dialects import envelope
from shelflife.dialects.pickled import broken, may_begin
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.serving.integers import INT, read_int
from shelflife.dialects.signs import Signs
from shelflife.dialects.text import is_text
from shelflife.envelope import looks_sealed, nearly_sealed
from shelflife.errors import ConfigurationError, Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import DEFAULT_BUDGET, AllowList, Budget, Py2Text, facts

_NEWEST = "3.9"
_INT64 = 1 << 63
FLASK_CACHING = "flask-caching"
NEITHER = "neither `!` and a pickle nor an integer"


class Werkzeug:
    """Entries as `werkzeug.contrib.cache.RedisCache` and `cachelib.RedisCache` write them.

    Args:
        allow: The names that pickles may refer to.
        text: What Python 2's non-ASCII 8-bit strings become.
        floor: The oldest Python whose client reads what is written; None if nothing is written.
        note: Told "py2-mixture" when a read met 8-bit strings of both kinds.
        budget: What reading one pickle may cost.
        lacks: Says why some reader at the floor lacks a name; see `PickleCodec`.
        name: "werkzeug", or "flask-caching": the same entries, but no bytes of others.
    """

    guard = True
    counts = True

    def __init__(
        self,
        *,
        allow: AllowList,
        text: Py2Text,
        floor: Optional[str],
        note: Callable[[str], None],
        budget: Budget = DEFAULT_BUDGET,
        lacks: Lacks = lacks_nothing,
        name: str = "werkzeug",
    ) -> None:
        self.name = name
        self.floor = floor
        self._budget = budget
        self._codec = PickleCodec(
            allow,
            _NEWEST if floor is None else floor,
            text=text,
            budget=budget,
            lacks=lacks,
            note_mixture=partial(note, "py2-mixture"),
        )

    def read(self, raw: bytes) -> Any:
        """Give the value of an entry; see `Dialect.read`."""
        if looks_sealed(raw) or nearly_sealed(raw):
            raise Unreadable(Reason.CORRUPT, "an envelope that is damaged")
        if raw[:1] == b"!":
            return self._codec.decode(raw[1:])
        if not raw:
            raise Unreadable(Reason.CORRUPT, "an empty entry")
        number = read_int(raw, self._budget.digits)
        if number is None and self.name == FLASK_CACHING:
            raise Unreadable(Reason.FOREIGN, NEITHER)
        return raw if number is None else number

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `Dialect.write`."""
        if self.floor is None:
            raise ConfigurationError(
                f'writing the {self.name} dialect needs a floor, such as "2.7"'
            )
        if type(value) is int and -_INT64 <= value < _INT64:
            return b"%d" % value
        return b"!" + self._codec.encode(value)


def by_head(stored: Stored) -> Recognised:
    """Look at an entry that begins with `!`: what the audit meets most, and so kept short."""
    raw = stored.raw
    if raw[1:2] == b"\xc1":
        return envelope.by_head(stored)
    payload = raw[1:]
    try:
        found = facts(payload)
    except Unreadable as error:
        if not may_begin(payload) and is_text(raw) and len(raw) > 1:
            return Recognised("text", ("aiocache",), "text")  # an exclamation
        return broken(payload, error.detail)._replace(dialect="werkzeug")
    writes = "highest" if found.protocol == 5 else "default"
    return Recognised("werkzeug", (), "pickle", "", payload, found, "", "", writes)


def read(stored: Stored) -> Recognised:
    """Judge by the rules of the reader, above."""
    raw = stored.raw
    if looks_sealed(raw):
        return envelope.by_head(stored)
    if raw[:1] == b"!":
        found = by_head(stored)
        if found.codec != "text":
            return found
        return Recognised("werkzeug", (), "pickle", reason=Reason.CORRUPT, detail="no pickle")
    if INT.fullmatch(raw) is not None:
        return Recognised("werkzeug", (), "int")
    detail = f"{NEITHER}: its reader hands out the bytes themselves"
    return Recognised("werkzeug", (), "bytes", detail=detail)


SIGNS = Signs("werkzeug", Recognised("werkzeug"), heads=(b"!",), by_head=by_head, read=read)
