"""Values that have no members: whether they are the same, and whether noise explains them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from shelflife.rehearse.answers.clock import Span
from shelflife.rehearse.answers.noise import FREE, VALUE, Noise
from shelflife.rehearse.answers.texts import (
    Shape,
    admits,
    same_text,
    same_token,
    shape_of,
    tokens,
)
from shelflife.rehearse.answers.trees import Element, Tree

_NEAR = 1e-9
_MAGIC = {
    b"\x89PNG": "png",
    b"GIF8": "gif",
    b"\xff\xd8\xff": "jpeg",
    b"%PDF": "pdf",
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"RIFF": "riff",
}
# Seconds, milliseconds and microseconds since 1970, for times from 2001 to 2096.
_EPOCHS = (("s", 1e9), ("ms", 1e12), ("us", 1e15))


def same_leaf(one: Tree, other: Tree) -> bool:
    """Whether two values without members are the same."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other or _near(one, other)
    if isinstance(one, str) and isinstance(other, str):
        return same_text(one, other)
    return type(one) is type(other) and bool(one == other)


def _near(one: float, other: float) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return False
    try:
        return math.isclose(one, other, rel_tol=_NEAR) or (math.isnan(one) and math.isnan(other))
    except OverflowError:  # an integer beyond all floats
        return False


def shape_of_tree(tree: Tree) -> Shape:
    """Give the shape of any value; shapes of texts are those of `texts`."""
    if isinstance(tree, str):
        return shape_of(tree)
    if isinstance(tree, (int, float)) and not isinstance(tree, bool):
        return "json number" + next((f" {u}" for u, low in _EPOCHS if low <= tree < 4 * low), "")
    if isinstance(tree, bytes):
        return "bytes " + next((n for start, n in _MAGIC.items() if tree.startswith(start)), "")
    if isinstance(tree, Element):
        return f"element {tree.tag}"
    return "empty list" if tree == [] else type(tree).__name__


def is_clock(value: Tree) -> bool:
    """Whether a number counts seconds (or parts of them) since 1970: near ones are not the same.

    Two answers within milliseconds differ by less than floats may, and ten seconds later they do
    not.
    """
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return False
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and shape_of_tree(value) != "json number"


def is_noise(noise: Noise, span: Span, references: Sequence[Tree], got: Tree) -> bool:
    """Whether a value is as good as one of the references, by noise or by the clock."""
    shape = shape_of_tree(got)
    if any(_alike(mixed, shape) for mixed in noise.mixed):
        return True
    if isinstance(got, str):
        texts = [each for each in references if isinstance(each, str)]
        return any(_is_text_noise(noise, span, text, got) for text in texts)
    if _is_number(got):
        numbers = [each for each in references if _is_number(each)]
        if any(span.covers_numbers(each, got) for each in numbers):
            return True
        references = [each for each in numbers if not span.strays_numbers(each, got)]
    return VALUE in noise.kinds and fits(references, got)


def _is_number(tree: Tree) -> bool:
    return isinstance(tree, (int, float)) and not isinstance(tree, bool)


def fits(references: Iterable[Tree], got: Tree) -> bool:
    """Whether a value has the shape of one of the references."""
    shape = shape_of_tree(got)
    return any(_alike(shape_of_tree(each), shape) for each in references)


def _alike(known: Shape, got: Shape) -> bool:
    if known.startswith("json number") and got.startswith("json number"):
        return known == got or "json number" in {known, got}  # seconds are no milliseconds
    return admits(known, got)


def _is_text_noise(noise: Noise, span: Span, reference: str, got: str) -> bool:
    if FREE in noise.kinds and admits(shape_of(reference), shape_of(got)):
        return True
    mine, theirs = tokens(reference), tokens(got)
    if len(mine) != len(theirs):
        return False
    if noise.is_unordered and sorted(mine) == sorted(theirs):
        return True
    return all(
        same_token(left, right)
        or span.covers_both(left, right)
        or (VALUE in noise.kinds and _is_token_noise(noise, span, left, right))
        for left, right in zip(mine, theirs)
    )


def _is_token_noise(noise: Noise, span: Span, reference: str, got: str) -> bool:
    known, shape = shape_of(reference), shape_of(got)
    if not any(admits(varied, known) for varied in noise.varied):
        return False
    if span.strays(reference, got):
        return False
    return admits(known, shape) or shape in noise.mixed
