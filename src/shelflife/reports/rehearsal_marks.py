"""Two answers side by side, cut into pieces of which those that differ are marked.

JSON is laid out first, so that a difference stands on a line of its own; long parts that are alike
are folded. The work is bounded: where much differs, all of the middle is marked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from difflib import SequenceMatcher
from typing import Any, NamedTuple, Optional

Document = dict[str, Any]
_Match = tuple[str, int, int, int, int]

LONGEST = 20_000  # characters of a body that are compared
MOST_LINES = 60
_MOST_WORDS = 300  # that are compared word by word: the comparison takes quadratic time
_MOST_HEADERS = 12
_ENDS = 300
_MOST_MARKED = 1_500
_ALIKE = 0.5  # less in common is chance: quotes and spaces
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Piece(NamedTuple):
    """A part of a text, and whether it differs."""

    text: str
    differs: bool


class Side(NamedTuple):
    """One of the two answers.

    Attributes:
        status: "200", or why there was no answer.
        status_differs: Whether the other has another status.
        headers: Name, value, and whether it differs; only those of interest.
        lines: The body, each line in pieces.
    """

    status: str
    status_differs: bool
    headers: list[tuple[str, str, bool]]
    lines: list[list[Piece]]


def sides(example: Document) -> tuple[Optional[Side], Side]:
    """Give what was expected, if that is known, and what came.

    Marked is only what was compared: an ignored header or a body that is noise may differ.
    """
    expected, got = example["expected"], example["got"]
    paths = [one["path"] for one in example["differences"]]
    headers = {path.partition(" ")[2].lower() for path in paths if path.startswith("header ")}
    if expected is None:
        return None, _side(got, headers, _unmarked(got))
    left, right = _unmarked(expected), _unmarked(got)
    if any(path.startswith(("body", "status")) for path in paths):
        left, right = compare(_laid_out(expected["body"]), _laid_out(got["body"]))
    differs = expected["status"] != got["status"]
    return (
        _side(expected, headers, left, status_differs=differs),
        _side(got, headers, right, status_differs=differs),
    )


def _unmarked(answer: Document) -> list[Piece]:
    return [Piece(_laid_out(answer["body"]), differs=False)]


def compare(expected: str, got: str) -> tuple[list[Piece], list[Piece]]:
    """Cut two texts into pieces that both have, and pieces that differ."""
    left, right = _WORDS.findall(expected), _WORDS.findall(got)
    matched = _matched(left, right)
    lefts = [(left[a:b], kind) for kind, a, b, _, _ in matched]
    rights = [(right[a:b], kind) for kind, _, _, a, b in matched]
    return _pieces(lefts), _pieces(rights)


def _pieces(parts: list[tuple[list[str], str]]) -> list[Piece]:
    return [Piece("".join(words), differs=kind != "equal") for words, kind in parts if words]


def _matched(left: list[str], right: list[str]) -> list[_Match]:
    """Give what two lists of words have in common; of those with little in common, nothing."""
    start = _common(left, right)
    end = _common(left[start:][::-1], right[start:][::-1])
    middle, other = left[start : len(left) - end], right[start : len(right) - end]
    found: Sequence[_Match] = [("replace", 0, len(middle), 0, len(other))]
    if max(len(middle), len(other)) <= _MOST_WORDS:
        found = SequenceMatcher(None, middle, other, autojunk=False).get_opcodes()
    alike = start + end + sum(b - a for kind, a, b, _, _ in found if kind == "equal")
    if alike < _ALIKE * max(len(left), len(right)):
        return [("replace", 0, len(left), 0, len(right))]
    moved = [(kind, start + a, start + b, start + c, start + d) for kind, a, b, c, d in found]
    last = ("equal", len(left) - end, len(left), len(right) - end, len(right))
    return [("equal", 0, start, 0, start), *moved, last]


def _common(left: list[str], right: list[str]) -> int:
    """How many words two lists begin with alike."""
    pairs = enumerate(zip(left, right))
    return next((place for place, (a, b) in pairs if a != b), min(len(left), len(right)))


def _side(
    answer: Document, marked: set[str], pieces: list[Piece], *, status_differs: bool = False
) -> Side:
    error = answer.get("error", "")
    status = str(answer["status"]) if answer["status"] else f"no answer: {error}".rstrip(": ")
    return Side(status, status_differs, _headers(answer, marked), _lines(pieces))


def _headers(answer: Document, marked: set[str]) -> list[tuple[str, str, bool]]:
    shown = marked | {"content-type", "location"}
    rows = [
        (name, value, name.lower() in marked)
        for name, value in answer["headers"]
        if name.lower() in shown
    ]
    return rows[:_MOST_HEADERS]


def _lines(pieces: list[Piece]) -> list[list[Piece]]:
    lines: list[list[Piece]] = [[]]
    for piece in map(_folded, pieces):
        first, *rest = piece.text.split("\n")
        lines[-1].append(Piece(first, piece.differs))
        lines.extend([Piece(text, piece.differs)] for text in rest)
    cut = [[piece for piece in line if piece.text] for line in lines[:MOST_LINES]]
    if lines[MOST_LINES:]:
        more = f"... ({len(lines) - MOST_LINES:,} more lines)"
        cut.append([Piece(more, differs=False)])
    return cut


def _laid_out(body: str) -> str:
    """Give a body in lines, if it is JSON, and bounded."""
    with suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), ensure_ascii=False, indent=1)
    return _cut(body, LONGEST)


def _folded(piece: Piece) -> Piece:
    """Shorten a piece: of what is alike, its ends show where the difference is."""
    text = piece.text
    if piece.differs or len(text) <= 3 * _ENDS:
        return Piece(_cut(text, _MOST_MARKED), piece.differs)
    left_out = len(text) - 2 * _ENDS
    folded = f"{text[:_ENDS]}\n... ({left_out:,} characters) ...\n{text[-_ENDS:]}"
    return Piece(folded, differs=False)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text):,} characters)"
