"""Comparing canonical forms: what a value is to one runtime, and to another (`docs/canonical.md`).

Rules:
1. What differs is told by its path and types; values stay out of it, keys of dicts excepted.
2. What moved in the standard library, or is another type on Python 2 only, is no difference.
3. Attributes that only the other has are additions, and no difference; what it lacks is one.
4. Neither depth nor cycles matter: a pair that has been met is taken to be equal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional

from shelflife.verdicts.sameness import Names

_TYPES = {"n": "NoneType", "b": "bool", "i": "int", "f": "float", "c": "complex", "t": "text"}
_TYPES |= {"s": "str", "y": "bytes", "ya": "bytearray", "g": "a class or function", "odict": "dict"}
_TEXTS = frozenset(("t", "s", "y"))
_ORDERED_SINCE = [3, 7]
_REDUCED = frozenset(("func", "args", "state", "next"))
_MOST_PAIRS = 3_000_000
_SHOWN_KEY = re.compile(r"[\w .:-]{1,40}\Z")

_Path = Optional[tuple[Any, str]]


class _Difference(NamedTuple):
    path: _Path
    said: str

    def __str__(self) -> str:
        pieces = []
        path = self.path
        while path is not None:
            path, piece = path
            pieces.append(piece)
        return "value" + "".join(reversed(pieces[:40])) + self.said


def difference(reference: Any, other: Any) -> Optional[str]:
    """Say where and how a value differs from the one that was written, or None if it does not.

    Args:
        reference: The writer's canonical form.
        other: The reader's.
    """
    found = _Comparison(reference, other).first(reference["root"], other["root"])
    return str(found) if found is not None else None


class _Comparison:
    """Two forms, and the pairs of their nodes that have been met."""

    def __init__(self, reference: Any, other: Any) -> None:
        self.trees = (reference["nodes"], other["nodes"])
        versions = (reference["python"], other["python"])
        self.names = Names(*versions)
        self.ordered = min(versions) >= _ORDERED_SINCE
        self.met: set[tuple[int, int]] = set()
        self.left = _MOST_PAIRS

    def first(self, one: Any, two: Any, depth: int = 0) -> Optional[_Difference]:
        """Give the first difference between two parts."""
        todo: list[tuple[Any, Any, _Path]] = [(one, two, None)]
        while todo:
            one, two, path = todo.pop()
            self.left -= 1
            if self.left < 0:
                return _Difference(path, ": too intricate to be compared")
            if isinstance(one, int) and isinstance(two, int):
                if (one, two) in self.met:
                    continue
                self.met.add((one, two))
                pairs: list[tuple[Any, Any, _Path]] = []
                for step in self._node(self.trees[0][one], self.trees[1][two], path, depth):
                    if isinstance(step, _Difference):
                        return step
                    pairs.append(step)
                todo.extend(reversed(pairs))
            elif not self._same_leaf(one, two):
                return _Difference(path, self._leaf_said(one, two))
        return None

    def _same_leaf(self, one: Any, two: Any) -> bool:
        if isinstance(one, int) or isinstance(two, int):
            return False
        if one[0] == "g" and two[0] == "g":
            return self.names.same(one[1:], two[1:])
        if one == two:
            return True
        kinds = {one[0].rstrip("#"), two[0].rstrip("#")}
        return one[1:] == two[1:] and "s" in kinds and kinds <= _TEXTS

    def _leaf_said(self, one: Any, two: Any) -> str:
        before, after = self._type(0, one), self._type(1, two)
        return " differs" if before == after else f": {before} became {after}"

    def _type(self, side: int, part: Any) -> str:
        node = self.trees[side][part] if isinstance(part, int) else part
        if node[0] == "obj":
            return str(node[1]).rpartition(":")[2][:80]
        kind = node[0].rstrip("#")
        return _TYPES.get(kind, str(kind))

    def _node(self, one: Any, two: Any, path: _Path, depth: int) -> Iterator[Any]:
        """Give the pairs of parts to compare, or a difference."""
        if one[0] != "obj" or two[0] != "obj":
            yield from self._content(one, two, path, depth)
            return
        before, after = (
            self.names.of(side, *node[1].split(":", 1)) for side, node in enumerate((one, two))
        )
        if before != after:
            yield _Difference(path, f": {_dotted(one[1])} became {_dotted(two[1])}")
            return
        yield from self._attributes(one, two, path)
        if one[4] is not None and two[4] is not None:
            yield from self._content(one[4], two[4], path, depth)
        elif one[4] is not two[4]:
            yield _Difference(path, ": its content became something else")

    def _attributes(self, one: Any, two: Any, path: _Path) -> Iterator[Any]:
        mine, theirs = one[3], two[3]
        private = one[2] and two[2]  # of the standard library: what is hidden may be a cache
        if private and not theirs and two[4] is None and mine.keys() <= _REDUCED:
            return  # it tells nothing of itself there
        for name in mine:
            here: _Path = (path, f".{_shown(name)}")
            found = theirs.get(name)
            if found is None and private:
                found = next((theirs[n] for n in theirs if _is_hidden(n, name)), None)
            if found is not None:
                if name != "args" or not self._is_unset(two, found):
                    yield mine[name], found, here
            elif two[5].get(name) == "default" or not (private and name.startswith("_")):
                yield _Difference(here, " is missing")
        yield from self._fields(mine, one[5], two[5], path)

    @staticmethod
    def _fields(mine: Any, marks: Any, others: Any, path: _Path) -> Iterator[_Difference]:
        """Give what is wrong with declared fields there, and was not here."""
        new = [n for n, mark in others.items() if mark == "default" and n not in mine]
        for name, mark in others.items():
            here: _Path = (path, f".{_shown(name)}")
            if mark == marks.get(name) or mark == "default":
                continue
            if mark == "missing":
                yield _Difference(here, " is missing")
            elif mark != "extra":
                yield _Difference(here, f" is not the {mark} that is declared")
            elif new and name in mine:
                yield _Difference(here, " is no field any more")

    def _is_unset(self, node: Any, args: Any) -> bool:
        """Whether these are the arguments of an exception that Python 2 forgot to set."""
        forgotten = self.names.old[1] and isinstance(args, int) and self.trees[1][args] == ["tuple"]
        return bool(forgotten and node[2] and len(node[3]) > 1)

    def _content(self, one: Any, two: Any, path: _Path, depth: int) -> Iterator[Any]:
        kind = one[0]
        if kind != two[0]:
            before, after = (
                _TYPES.get(n[0], n[0]) if n[0] != "obj" else n[1].rpartition(":")[2]
                for n in (one, two)
            )
            yield _Difference(path, f": {before} became {after}")
        elif kind == "leaf":
            yield one[1], two[1], path
        elif len(one) != len(two):
            yield _Difference(path, ": another number of items")
        elif kind in ("list", "tuple"):
            for index in range(1, len(one)):
                yield one[index], two[index], (path, f"[{index - 1}]")
        elif kind in ("set", "frozenset"):
            if self._match(one[1:], two[1:], depth) is None:
                yield _Difference(path, ": the members of the set differ")
        else:
            yield from self._dict(one, two, path, depth)

    def _dict(self, one: Any, two: Any, path: _Path, depth: int) -> Iterator[Any]:
        matched = self._match(one[1::2], two[1::2], depth)
        if matched is None:
            yield _Difference(path, ": the keys differ")
            return
        if matched != sorted(matched) and (self.ordered or one[0] == "odict"):
            yield _Difference(path, ": the order of the keys differs")
        for index, partner in enumerate(matched):
            key = one[1 + 2 * index]
            shown = f"[{key[1]!r}]" if _is_shown(key) else f"[key {index}]"
            yield one[2 + 2 * index], two[2 + 2 * partner], (path, shown)

    def _match(self, one: Sequence[Any], two: Sequence[Any], depth: int) -> Optional[list[int]]:
        """Find for each part of one side an equal one of the other; None if there is none."""
        alike: defaultdict[Any, list[int]] = defaultdict(list)
        for index in range(len(two) - 1, -1, -1):
            alike[self._loose(1, two[index])].append(index)
        found: list[int] = []
        for part in one:
            candidates = alike.get(self._loose(0, part), [])
            equal = (c for c in reversed(candidates) if self._equal(part, two[c], depth))
            partner = next(equal, None)
            if partner is None:
                return None
            candidates.remove(partner)
            found.append(partner)
        return found

    def _equal(self, one: Any, two: Any, depth: int) -> bool:
        if not isinstance(one, int) or not isinstance(two, int):
            return self._same_leaf(one, two)
        if depth > 20:
            return True  # as far as anybody looks
        met = self.met
        self.met = set()
        same = self.first(one, two, depth + 1) is None
        self.met = met
        return same

    def _loose(self, side: int, part: Any, depth: int = 3) -> Any:
        """Give something that is equal for all parts that might be equal."""
        if isinstance(part, int):
            node = self.trees[side][part]
            if node[0] == "obj":
                return "obj", self.names.of(side, *node[1].split(":", 1))
            if node[0] == "tuple" and depth:
                return ("tuple", *(self._loose(side, below, depth - 1) for below in node[1:]))
            return node[0], len(node)
        if part[0] == "g":
            return "g", self.names.of(side, part[1], part[2])
        kind = part[0].rstrip("#")
        return ("t" if kind in _TEXTS else kind, *part[1:])


def _is_hidden(candidate: str, name: str) -> bool:
    """Whether an attribute is what a property of another version keeps under a private name."""
    return candidate == f"_{name}" or (candidate[0] == "_" and candidate.endswith(f"__{name}"))


def _is_shown(key: Any) -> bool:
    return isinstance(key, list) and key[0] in ("t", "s") and bool(_SHOWN_KEY.match(key[1]))


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:80])


def _dotted(name: str) -> str:
    return _shown(name.replace(":", ".", 1).replace("builtins.", "").replace("__builtin__.", ""))
