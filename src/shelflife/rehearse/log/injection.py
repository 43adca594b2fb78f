"""Derives requests with text that breaks caches from those of a log.

Rules:
1. In one derived request one text is replaced; all else is as in the request it comes from.
2. Their number is bounded: at most ten kinds of text for each of twenty shapes of requests. They
   are spread over the shapes, and the places of a request take turns.
3. Where no request holds a text there is nothing to derive: `where_possible` says where there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from shelflife.errors import ConfigurationError
from shelflife.rehearse.log.text_parts import TextPart, parts_by_shape
from shelflife.rehearse.log.texts import KINDS, LONGEST_IN_URL, cut_for_url
from shelflife.rehearse.plan.judging import INJECTIONS
from shelflife.rehearse.plan.tables import listed
from shelflife.rehearse.requests import Request

MOST_SHAPES = 20

_Holding = tuple[Request, list[TextPart]]
_Place = tuple[str, object]


def inject(requests: Sequence[Request], what: Sequence[str], seed: int) -> list[Request]:
    """Give the derived requests only, numbered on after the last of those given.

    Args:
        requests: The log's.
        what: Which injections: "unicode".
        seed: The same one derives the same requests.

    Raises:
        ConfigurationError: If an injection is not known.
    """
    for name in what:
        if name not in INJECTIONS:
            raise ConfigurationError(f"inject {name!r} is not known: use {listed(INJECTIONS)}")
    if "unicode" not in what:
        return []
    known = {request.identity for request in requests}
    first = max((request.number for request in requests), default=-1) + 1
    derived: list[Request] = []
    for request in islice(_derive(requests, seed), MOST_SHAPES * len(KINDS)):
        if request.identity not in known:
            known.add(request.identity)
            derived.append(request._replace(number=first + len(derived), origin="unicode"))
    return derived


def where_possible(requests: Sequence[Request]) -> set[str]:
    """Give the endpoints of those requests that hold a text to replace."""
    shapes = parts_by_shape(requests).values()
    return {request.endpoint for holding in shapes for request, _ in holding}


def _derive(requests: Sequence[Request], seed: int) -> Iterator[Request]:
    random = Random(seed)  # noqa: S311 - a choice that can be repeated, no secret
    shapes = [*parts_by_shape(requests).values()]
    shapes.sort(key=len, reverse=True)  # the most frequent first; the order of the log decides ties
    ranked = [(holding, _ranked(holding)) for holding in shapes[:MOST_SHAPES]]
    for turn, kind in enumerate(KINDS):
        for holding, places in ranked:
            yield from _derived(holding, places, turn, kind, random)


def _derived(
    holding: list[_Holding], places: list[_Place], turn: int, kind: str, random: Random
) -> Iterator[Request]:
    if kind == "empty":
        places = [place for place in places if place[0] == "query"]
    if not places:
        return
    # Most texts go to the place that holds most different ones: it is likely the content.
    place = places[(turn // 4 + 1) % len(places) if turn % 4 == 3 else 0]
    choice = [
        (request, part)
        for request, parts in holding
        for part in parts
        if _place_of(request, part) == place
    ]
    request, part = choice[int(random.random() * len(choice))]
    text = KINDS[kind](random)
    if part.kind != "body":
        room = LONGEST_IN_URL - len(part.replaced(request, "").target)
        text = cut_for_url(text, room)
    if text or kind == "empty":
        yield part.replaced(request, text)


def _ranked(holding: list[_Holding]) -> list[_Place]:
    """Give the places of a shape: those with text outside ASCII first, then by how they vary."""
    values: dict[_Place, set[str]] = {}
    for request, parts in holding:
        for part in parts:
            values.setdefault(_place_of(request, part), set()).add(part.value(request))
    score = Counter({place: len(texts) for place, texts in values.items()})
    for place, texts in values.items():
        score[place] += 1_000_000 * any(not text.isascii() for text in texts)
    return [place for place, _ in score.most_common()]


def _place_of(request: Request, part: TextPart) -> _Place:
    if part.kind == "query":
        parameter = request.target.partition("?")[2].split("&")[int(part.where[0])]
        return part.kind, parameter.partition("=")[0]
    return part.kind, tuple(
        0 if isinstance(key, int) and part.kind == "body" else key for key in part.where
    )
