"""Finds the noise between answers of one release to one request."""

from __future__ import annotations

from typing import Callable

from shelflife.rehearse.answers.leaves import is_clock, same_leaf, shape_of_tree
from shelflife.rehearse.answers.noise import (
    ABSENT,
    FREE,
    LENGTH,
    ORDER,
    PLAIN_ORDER,
    VALUE,
    Noise,
    NoiseBook,
)
from shelflife.rehearse.answers.places import Place
from shelflife.rehearse.answers.texts import admits, same_token, shape_of, tokens
from shelflife.rehearse.answers.trees import (
    Element,
    Lines,
    Tree,
    canonical,
    is_identical,
    only_ones,
)


class Learner:
    """Notes where two trees differ.

    Args:
        book: Where it is noted.
        why: Between what they differ.
    """

    def __init__(self, book: NoiseBook, why: str) -> None:
        self._book = book
        self._why = why

    def learn(self, place: Place, one: Tree, other: Tree) -> None:
        """Note where these two are not the same."""
        if is_identical(one, other):
            return
        if isinstance(one, dict) and isinstance(other, dict):
            self._objects(one, other, place.key)
        elif isinstance(one, list) and type(one) is type(other):
            self._lists(place, one, other)
        elif isinstance(one, Element) and isinstance(other, Element) and one.tag == other.tag:
            self._objects(one.attributes, other.attributes, place.attribute)
            self._children(place, one, other)
        elif isinstance(one, str) and isinstance(other, str):
            self._texts(place, one, other)
        elif not same_leaf(one, other) or (one != other and is_clock(one)):
            shapes = {shape_of_tree(one), shape_of_tree(other)}
            self._at(place).add(VALUE, shapes, shapes if len(shapes) > 1 else ())

    def _objects(
        self,
        one: dict[str, Tree],
        other: dict[str, Tree],
        member: Callable[[str], Place],
    ) -> None:
        for key in one.keys() | other.keys():
            if key not in one or key not in other:
                self._at(member(key)).add(ABSENT)
            elif one[key] is not other[key]:
                self.learn(member(key), one[key], other[key])

    def _lists(self, place: Place, one: list[Tree], other: list[Tree]) -> None:
        if len(one) != len(other):
            shapes = {shape_of_tree(one), shape_of_tree(other)}
            self._at(place).add(LENGTH, (), shapes if len(shapes) > 1 else ())
        elif not self._is_reordered(place, one, other):
            for index, (mine, theirs) in enumerate(zip(one, other)):
                self.learn(place.member(index, mine, one), mine, theirs)
                if isinstance(one, Lines) and mine != theirs:  # either may be what is met later
                    self.learn(place.member(index, theirs, other), mine, theirs)

    def _children(self, place: Place, one: Element, other: Element) -> None:
        if len(one.children) != len(other.children):
            self._at(place).add(LENGTH)
            self._only_ones(place, one, other)
        elif not self._is_reordered(place, one.children, other.children):
            for index, (mine, theirs) in enumerate(zip(one.children, other.children)):
                self.learn(place.child(index, mine), mine, theirs)

    def _only_ones(self, place: Place, one: Element, other: Element) -> None:
        """A heading beside a list that grows can still be told."""
        mine, theirs = only_ones(one.children), only_ones(other.children)
        for name in mine.keys() | theirs.keys():
            at, child = mine.get(name) or theirs[name]
            if name in mine and name in theirs:
                self.learn(place.child(at, child), child, theirs[name][1])
            else:
                self._at(place.child(at, child)).add(ABSENT)

    def _is_reordered(self, place: Place, one: list[Tree], other: list[Tree]) -> bool:
        apart = [pair for pair in zip(one, other) if not is_identical(*pair)]
        if len(apart) < 2:
            return False
        mine, theirs = (sorted(map(canonical, side)) for side in zip(*apart))
        if mine != theirs:
            return False
        plain = all(_is_plain(left) for left, _ in apart)
        self._at(place).add(PLAIN_ORDER if plain else ORDER)
        return True

    def _texts(self, place: Place, one: str, other: str) -> None:
        if one == other:
            return
        mine, theirs = tokens(one), tokens(other)
        if len(mine) != len(theirs) or not mine:
            shapes = {shape_of(one), shape_of(other)}
            self._at(place).add(FREE, shapes, shapes if len(shapes) > 1 else ())
            return
        if sorted(mine) == sorted(theirs):
            self._at(place).add(PLAIN_ORDER)
            return
        for left, right in zip(mine, theirs):
            if not same_token(left, right) or (left != right and is_clock(left)):
                self._tokens(place, left, right)

    def _tokens(self, place: Place, left: str, right: str) -> None:
        shapes = {shape_of(left), shape_of(right)}
        alike = admits(shape_of(left), shape_of(right)) and admits(shape_of(right), shape_of(left))
        self._at(place).add(VALUE, shapes, () if alike else shapes)

    def _at(self, place: Place) -> Noise:
        return self._book.at(place.general, self._why)


def _is_plain(member: Tree) -> bool:
    """Whether it is a value, or an element that holds nothing but a text."""
    if isinstance(member, Element):
        return all(isinstance(child, str) for child in member.children)
    return not isinstance(member, dict)
