"""Holds an answer's tree against those of the answers that were given before.

Rules:
1. At every place, what one of the references has there is right; they need not be right together.
2. What is noise at a place is compared by its shape (see `noise`).
3. A list is compared member by member; in any order only where its order is noise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Callable, Optional

from shelflife.rehearse.answers.differences import MOST, Difference
from shelflife.rehearse.answers.leaves import fits, is_noise, same_leaf, shape_of_tree
from shelflife.rehearse.answers.noise import ABSENT, LENGTH, Known, Noise
from shelflife.rehearse.answers.places import Place
from shelflife.rehearse.answers.shown import shown, shown_pair
from shelflife.rehearse.answers.trees import (
    Element,
    Lines,
    Tree,
    canonical,
    is_identical,
    only_ones,
)

NOT_THERE = "(not there)"
_MOST_TRIES = 2_000  # pairs of members that are tried to find those that belong together
_MOST_POOLED = 60
_NO_NOISE = Noise()


class Differ:
    """Finds differences.

    Args:
        known: What is noise.
        may_say_more: Whether a new key is no difference.
        by_shape: Whether values are compared by shape only.
        tries: How many pairs of members may still be tried, in a list of one for all levels.
    """

    def __init__(
        self,
        known: Known,
        *,
        may_say_more: bool = False,
        by_shape: bool = False,
        tries: Optional[list[int]] = None,
    ) -> None:
        self.differences: list[Difference] = []
        self._known = known
        self._may_say_more = may_say_more
        self._by_shape = by_shape
        self._tries = [_MOST_TRIES] if tries is None else tries

    def compare(self, place: Place, references: Sequence[Tree], got: Tree) -> None:
        """Note where a tree is like none of the references."""
        if len(self.differences) >= MOST:
            return
        if isinstance(got, dict):
            objects = [each for each in references if isinstance(each, dict)]
            if objects:
                self._objects(objects, got, place.key)
                return
        elif isinstance(got, list):
            lists = [each for each in references if type(each) is type(got)]
            if lists:
                self._lists(place, lists, got)
                return
        elif isinstance(got, Element):
            elements = [e for e in references if isinstance(e, Element) and e.tag == got.tag]
            if elements:
                self._elements(place, elements, got)
                return
        elif any(same_leaf(each, got) for each in references):
            return
        self._leaf(place, references, got)

    def note(self, place: Place, expected: str, got: str) -> None:
        """Note a difference."""
        if len(self.differences) < MOST:
            self.differences.append(Difference(place.shown, expected, got))

    def takes(self, place: Place, shape: str) -> bool:
        """Whether noise at a place may have this shape."""
        noise = self._known.at(place.general)
        return noise is not None and shape in noise.mixed

    def _leaf(self, place: Place, references: Sequence[Tree], got: Tree) -> None:
        if self._by_shape and fits(references, got):
            return
        noise = self._known.at(place.general)
        if is_noise(noise or _NO_NOISE, self._known.span, references, got):
            return
        self.note(place, *shown_pair(references[0], got, is_secret=place.is_secret))

    def _objects(
        self,
        references: Sequence[dict[str, Tree]],
        got: dict[str, Tree],
        member: Callable[[str], Place],
    ) -> None:
        for key, value in got.items():
            theirs = [each[key] for each in references if key in each]
            if theirs:
                if not _is_any(theirs, value):
                    self.compare(member(key), theirs, value)
            elif not self._may_say_more and not self._may_be_absent(member(key)):
                at = member(key)
                self.note(at, NOT_THERE, shown(value, is_secret=at.is_secret))
        for key, value in references[0].items():
            if key not in got and all(key in each for each in references):
                at = member(key)
                if not self._may_be_absent(at):
                    self.note(at, shown(value, is_secret=at.is_secret), NOT_THERE)

    def _elements(self, place: Place, references: Sequence[Element], got: Element) -> None:
        self._objects([each.attributes for each in references], got.attributes, place.attribute)
        children = [each.children for each in references]
        self._members(place, children, got.children, place.child)
        if self._known.has(place.general, LENGTH):
            inner = self._another()
            inner._only_ones(place, children, got.children)  # noqa: SLF001 - of its own kind
            told = {each.path for each in self.differences}
            self.differences += [each for each in inner.differences if each.path not in told]

    def _only_ones(self, place: Place, references: Sequence[list[Tree]], got: list[Tree]) -> None:
        """Compare by more than its shape what is no part of a list that grows: a heading."""
        theirs = [only_ones(each) for each in references]
        names = {child.name for child in got if isinstance(child, Element)}
        mine = only_ones(got)
        for name, (at, child) in theirs[0].items():
            where = place.child(at, child)
            if not all(name in each for each in theirs) or self._may_be_absent(where):
                continue
            if name in mine:
                self.compare(place.child(*mine[name]), [e[name][1] for e in theirs], mine[name][1])
            elif name not in names:
                self.note(where, shown(child, is_secret=where.is_secret), NOT_THERE)

    def _lists(self, place: Place, references: Sequence[list[Tree]], got: list[Tree]) -> None:
        self._members(place, references, got, lambda index, each: place.member(index, each, got))

    def _members(
        self,
        place: Place,
        references: Sequence[list[Tree]],
        got: list[Tree],
        member: Callable[[int, Tree], Place],
    ) -> None:
        if self._by_shape or self._known.has(place.general, LENGTH):
            found = self._by_shapes(place, references, got, member)
        else:
            found = self._in_order(place, references, got, member)
        noise = self._known.at(place.general)
        if found and noise is not None and noise.is_unordered:
            found = self._in_any_order(place, references, got, found)
        self.differences += found

    def _in_order(
        self,
        place: Place,
        references: Sequence[list[Tree]],
        got: list[Tree],
        member: Callable[[int, Tree], Place],
    ) -> list[Difference]:
        like = [each for each in references if len(each) == len(got)]
        if not like:
            return [_other_length(place, references[0], got, member)]
        inner = self._another()
        for index, value in enumerate(got):
            theirs = [each[index] for each in like]
            if not _is_any(theirs, value):
                # a line is found in general by what it was, not by what it has become
                inner.compare(member(index, theirs[0]), theirs, value)
        if len(inner.differences) > 1 and _is_permutation(like[0], got):
            pair = shown_pair(like[0], got, is_secret=place.is_secret)
            return [Difference(place.shown, *(f"in this order: {each}"[:200] for each in pair))]
        return inner.differences

    def _by_shapes(
        self,
        place: Place,
        references: Sequence[list[Tree]],
        got: list[Tree],
        member: Callable[[int, Tree], Place],
    ) -> list[Difference]:
        noise = self._known.at(place.general)
        lengths = {*map(shape_of_tree, references), *(noise.mixed if noise else ())}
        if shape_of_tree(got) not in lengths:
            return [_other_length(place, references[0], got, member)]
        pool = [value for each in references for value in each]
        inner = self._another(by_shape=True)
        for index, value in enumerate(got):
            if pool and not _is_any(pool, value):
                inner.compare(member(index, value), pool[:_MOST_POOLED], value)
        return inner.differences

    def _in_any_order(
        self,
        place: Place,
        references: Sequence[list[Tree]],
        got: list[Tree],
        found: list[Difference],
    ) -> list[Difference]:
        for reference in references:
            if len(reference) == len(got):
                missing, strays = self._unmatched(place, reference, got)
                if not strays:
                    return []
                if len(strays) < len(found):
                    pair = shown_pair(missing, strays, is_secret=place.is_secret)
                    found = [Difference(place.shown, *(f"among others {e}"[:200] for e in pair))]
        return found

    def _unmatched(
        self, place: Place, reference: list[Tree], got: list[Tree]
    ) -> tuple[list[Tree], list[Tree]]:
        """Give the members of either that have no like in the other."""
        counts = Counter(map(canonical, reference))
        counts.subtract(map(canonical, got))
        missing = _surplus(reference, counts)
        strays = _surplus(got, Counter({form: -count for form, count in counts.items()}))
        return missing, [e for e in strays if not self._takes_its_like(place, missing, e)]

    def _takes_its_like(self, place: Place, remaining: list[Tree], stray: Tree) -> bool:
        for index, candidate in enumerate(remaining):
            if self._tries[0] <= 0:
                return False
            self._tries[0] -= 1
            inner = self._another()
            inner.compare(place.item(0), [candidate], stray)
            if not inner.differences:
                del remaining[index]
                return True
        return False

    def _another(self, *, by_shape: bool = False) -> Differ:
        return Differ(
            self._known,
            may_say_more=self._may_say_more,
            by_shape=by_shape or self._by_shape,
            tries=self._tries,
        )

    def _may_be_absent(self, place: Place) -> bool:
        return self._known.has(place.general, ABSENT)


def _is_any(references: Sequence[Tree], got: Tree) -> bool:
    return any(is_identical(each, got) for each in references)


def _surplus(members: list[Tree], counts: Counter[str]) -> list[Tree]:
    """Give as many of each form as its count says."""
    found = []
    for member in members:
        form = canonical(member)
        if counts[form] > 0:
            counts[form] -= 1
            found.append(member)
    return found


def _is_permutation(reference: list[Tree], got: list[Tree]) -> bool:
    return sorted(map(canonical, reference)) == sorted(map(canonical, got))


def _other_length(
    place: Place,
    reference: list[Tree],
    got: list[Tree],
    member: Callable[[int, Tree], Place],
) -> Difference:
    at = next(
        (
            index
            for index, (left, right) in enumerate(zip(reference, got))
            if not is_identical(left, right) and canonical(left) != canonical(right)
        ),
        min(len(reference), len(got)),
    )
    what = "lines" if isinstance(got, Lines) else "members"
    pair = [f"{len(each):,} {what}" for each in (reference, got)]
    for index, each in enumerate((reference, got)):
        if at < len(each):
            where = member(at, each[at])
            pair[index] += f"; {where.shown[len(place.shown) :].strip()} is "
            pair[index] = (pair[index] + shown(each[at], is_secret=where.is_secret))[:200]
    return Difference(place.shown, *pair)
