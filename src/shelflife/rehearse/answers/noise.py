"""What a release answers otherwise from one time to the next: where, and in which way.

Rules:
1. Noise is found between answers of one release to one request: of its two runs side by side, and
   of a cold and a warm cache.
2. What was found on two requests of an endpoint holds for all of its requests; the order of a list
   of plain values is noise after one: two members agree by chance half of the time.
3. Where words are noise, members or keys, next to anything fits: that holds for all only if one
   request of `_LOOSE` shows it. Else two odd answers would blind the endpoint.
4. Noise never says that anything goes. It says which shapes may stand where; `mixed` are shapes
   that stood at the same place of answers to the same request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Optional

from shelflife.rehearse.answers.clock import Span
from shelflife.rehearse.answers.texts import Shape, is_of_words, unsized

ORDER, PLAIN_ORDER, LENGTH, ABSENT, VALUE, FREE = (
    "order",  # a list's members, or a text's tokens, come in another order
    "plain order",  # the same, of members that are no objects
    "length",  # a list has more or fewer members
    "absent",  # a key is there or not
    "value",  # a value, or a token of a text, is another one
    "free",  # a text has more or fewer tokens
)
_ENOUGH = 2
_LOOSE = 20  # or it is noise of the requests alone that showed it
_OF_WORDS = frozenset((ORDER, LENGTH, ABSENT, FREE))
_MOST_SHAPES = 60
_MOST_PLACES = 5_000


class Noise:
    """What is noise at one place.

    Attributes:
        kinds: How, and on how many requests that was seen.
        varied: The shapes of what was not the same.
        mixed: Shapes of which one may stand for another, and on how many requests they did.
        why: Where it was seen first: "differs between two runs of old".
    """

    __slots__ = ("kinds", "mixed", "varied", "why")

    def __init__(self, why: str = "") -> None:
        self.kinds: dict[str, int] = {}
        self.varied: set[Shape] = set()
        self.mixed: Counter[Shape] = Counter()
        self.why = why

    def add(self, kind: str, varied: Iterable[Shape] = (), mixed: Iterable[Shape] = ()) -> None:
        """Note noise of a kind."""
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if len(self.varied) < _MOST_SHAPES:
            self.varied.update(varied)
        if len(self.mixed) < _MOST_SHAPES:
            self.mixed.update(mixed)

    def merge(self, other: Noise, *, mixed: bool = True) -> None:
        """Add what is noise elsewhere."""
        for kind, count in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + count
        self.varied |= other.varied
        if mixed:
            self.mixed.update(other.mixed)
        self.why = self.why or other.why

    def settled(self, enough: int, enough_of_words: int) -> Optional[Noise]:
        """Give what was seen on enough requests; None if nothing was."""
        wanted = {PLAIN_ORDER: 1, **dict.fromkeys(_OF_WORDS, enough_of_words)}
        kept = Noise(self.why)
        kept.kinds = {k: n for k, n in self.kinds.items() if n >= wanted.get(k, enough)}
        kept.varied = set(self.varied)
        if self.kinds.get(VALUE, 0) < enough_of_words:
            kept.varied = {shape for shape in self.varied if not is_of_words(shape)}
        counts: Counter[Shape] = Counter()
        for shape, count in self.mixed.items():
            counts[unsized(shape)] += count
        for shape, count in self.mixed.items():
            if counts[unsized(shape)] >= (enough_of_words if is_of_words(shape) else enough):
                kept.mixed[shape] = count
        if not kept.varied and not kept.mixed:
            kept.kinds.pop(VALUE, None)
        return kept if kept.kinds else None

    @property
    def is_unordered(self) -> bool:
        """Whether an order means nothing here."""
        return ORDER in self.kinds or PLAIN_ORDER in self.kinds


class NoiseBook:
    """What is noise at which place (in general)."""

    def __init__(self) -> None:
        self.places: dict[str, Noise] = {}
        self.requests = 0

    def at(self, place: str, why: str = "") -> Noise:
        """Give the noise of a place, to be added to."""
        found = self.places.get(place)
        if found is None:
            found = Noise(why)
            if len(self.places) < _MOST_PLACES:
                self.places[place] = found
        return found

    def add(self, other: NoiseBook) -> None:
        """Add what was found on one more request: each kind counts once."""
        self.requests += 1
        for place, noise in other.places.items():
            once = Noise(noise.why)
            once.merge(noise)
            once.kinds = dict.fromkeys(noise.kinds, 1)
            once.mixed = Counter(dict.fromkeys(noise.mixed, 1))
            self.at(place, noise.why).merge(once)

    def settled(self, learned: int) -> NoiseBook:
        """Give what holds for all requests of an endpoint, of which so many were learned."""
        kept = NoiseBook()
        enough = min(_ENOUGH, max(1, learned))
        of_words = max(enough, -(-learned // _LOOSE))
        for place, noise in self.places.items():
            held = noise.settled(enough, of_words)
            if held is not None:
                kept.places[place] = held
        return kept


class Known:
    """All that is known to be noise where an answer is compared.

    Args:
        own: Of the release that is the measure: endpoint and request.
        others: Of the other release: its noise counts, the shapes it mixes do not.
        span: The time of the rehearsal.

    Attributes:
        is_of_two: Whether an answer of one release is held against those of the other.
    """

    def __init__(self, own: Iterable[NoiseBook], others: Iterable[NoiseBook], span: Span) -> None:
        self.span = span
        self._own = tuple(own)
        self._others = tuple(others)
        self.is_of_two = bool(self._others)
        self._found: dict[str, Optional[Noise]] = {}

    def at(self, place: str) -> Optional[Noise]:
        """Give what is noise at a place (in general); None if nothing is."""
        if place not in self._found:
            self._found[place] = self._merged(place)
        return self._found[place]

    def has(self, place: str, kind: str) -> bool:
        """Whether a kind of noise is known at a place."""
        noise = self.at(place)
        return noise is not None and kind in noise.kinds

    def _merged(self, place: str) -> Optional[Noise]:
        merged = Noise()
        for books, mixed in ((self._own, True), (self._others, False)):
            for book in books:
                if place in book.places:
                    merged.merge(book.places[place], mixed=mixed)
        return merged if merged.kinds else None
