"""What a plan says is not to be compared: places in JSON, and what patterns match.

A place is written as in JSONPath, of which this much is understood: `$.name`, `$['name']`, `[2]`,
`[*]`, `.*`, and `..` for any way down.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Optional, Union

from shelflife.errors import ConfigurationError
from shelflife.rehearse.answers.trees import Tree

_ANY = object()
_DOWN = object()
_STEP = re.compile(
    r"\.\.(?=\[)|\.\.(?P<deep>\*|[^.\[\]]+)|\.(?P<key>\*|[^.\[\]]+)"
    r"|\[(?:(?P<index>-?\d+)|(?P<any>\*)|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\]"
)
_Step = Union[str, int, object]


class Ignored:
    """What is not compared.

    Args:
        paths: Places in JSON: "$.generated_at", "$.items[*].id", "$..etag".
        patterns: Regular expressions.

    Raises:
        ConfigurationError: One of them is not understood.
    """

    def __init__(self, paths: Sequence[str], patterns: Sequence[str]) -> None:
        self._paths = tuple(parsed_path(path) for path in paths)
        self._patterns = tuple(_compiled(pattern) for pattern in patterns)

    def taken_from_json(self, tree: Tree) -> Tree:
        """Take out of a tree of JSON all that is not compared."""
        if not self._paths and not self._patterns:
            return tree
        return self._pruned(tree, self._paths)

    def taken_from_text(self, text: str) -> str:
        """Take out of a text what the patterns match."""
        for pattern in self._patterns:
            text = pattern.sub("", text)
        return text

    def _pruned(self, tree: Tree, paths: Sequence[tuple[_Step, ...]]) -> Tree:
        if isinstance(tree, dict):
            kept = {}
            for key, value in tree.items():
                left = _after(paths, key)
                if left is not None and not self._is_matched(key, value):
                    kept[key] = self._pruned(value, left)
            return kept
        if isinstance(tree, list):
            ways = [(_after(paths, at, len(tree)), each) for at, each in enumerate(tree)]
            return [self._pruned(each, left) for left, each in ways if left is not None]
        return self.taken_from_text(tree) if isinstance(tree, str) else tree

    def _is_matched(self, key: str, value: Any) -> bool:
        """Whether a pattern matches a member as it is written in JSON: `"took": 12`."""
        if not self._patterns or isinstance(value, (dict, list)):
            return False
        written = f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        return any(
            found is not None and found.end() > len(json.dumps(key)) + 2
            for found in (pattern.search(written) for pattern in self._patterns)
            if found is not None and found.start() <= len(json.dumps(key))
        )


def parsed_path(path: str) -> tuple[_Step, ...]:
    """Take a place apart.

    Raises:
        ConfigurationError: It is not understood.
    """
    steps: list[_Step] = []
    at = 1
    while path.startswith("$") and at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            break
        steps += _steps(found)
        at = found.end()
    if not steps or at < len(path) or steps[-1] is _DOWN:
        raise ConfigurationError(
            f"{path!r} is no place in JSON: write $.name, $.list[*].name or $..name"
        )
    return tuple(steps)


def _steps(found: re.Match[str]) -> list[_Step]:
    if found["index"] is not None:
        return [int(found["index"])]
    if found["any"] is not None:
        return [_ANY]
    if found["deep"] is not None:
        return [_DOWN, _ANY if found["deep"] == "*" else found["deep"]]
    name = next((found[g] for g in ("key", "single", "double") if found[g] is not None), None)
    if name is None:
        return [_DOWN]
    return [_ANY if name == "*" and found["key"] is not None else name]


def _after(
    paths: Sequence[tuple[_Step, ...]], step: Union[str, int], length: int = 0
) -> Optional[list[tuple[_Step, ...]]]:
    """Give what is left of the paths after a step; None if one of them ends here."""
    left: list[tuple[_Step, ...]] = []
    for path in paths:
        first, rest = path[0], path[1:]
        if first is _DOWN:
            left.append(path)
            first, rest = rest[0], rest[1:]
        if _is_step(first, step, length):
            if not rest:
                return None
            left.append(rest)
    return left


def _is_step(wanted: _Step, step: Union[str, int], length: int) -> bool:
    if wanted is _ANY:
        return True
    if isinstance(wanted, int) and isinstance(step, int):
        return wanted in {step, step - length}
    return wanted == step


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(f"{pattern!r} is no regular expression: {error}") from None
