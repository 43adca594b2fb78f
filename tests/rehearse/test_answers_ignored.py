"""What a plan says is not compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearse.answered import Bench, Body, answered
from shelflife.errors import ConfigurationError
from shelflife.rehearse.answers.ignoring import Ignored, parsed_path
from shelflife.rehearse.plan import ComparePlan

TREE = {"id": 1, "items": [{"id": 2, "t": "a"}, {"id": 3, "t": "b"}], "a b": {"id": 4, "x.y": 5}}
PATHS: dict[str, Any] = {
    "$.id": {k: v for k, v in TREE.items() if k != "id"},
    "$..id": {"items": [{"t": "a"}, {"t": "b"}], "a b": {"x.y": 5}},
    "$.items[*].id": {**TREE, "items": [{"t": "a"}, {"t": "b"}]},
    "$.items[0]": {**TREE, "items": [{"id": 3, "t": "b"}]},
    "$.items[-1].id": {**TREE, "items": [{"id": 2, "t": "a"}, {"t": "b"}]},
    "$['a b']['x.y']": {**TREE, "a b": {"id": 4}},
    '$["a b"].*': {**TREE, "a b": {}},
    "$..*": {},
    "$..['x.y']": {**TREE, "a b": {"id": 4}},
    "$.items.id": TREE,
    "$.nothing": TREE,
}


@pytest.mark.parametrize("path", PATHS)
def test_places_are_taken_out(path: str) -> None:
    """As far as JSONPath is understood."""
    taken = Ignored([path], []).taken_from_json(TREE)

    assert taken == PATHS[path]


@pytest.mark.parametrize(
    "path", ["", "$", "id", "$.", "$..", "$[", "$.a[b]", "$.a[?(@.b)]", "$ .a"]
)
def test_a_place_that_is_none_is_refused(path: str) -> None:
    """With what may be written instead."""
    with pytest.raises(ConfigurationError, match=r"is no place in JSON: write \$\.name"):
        parsed_path(path)


def test_a_pattern_that_is_none_is_refused() -> None:
    """With the reason."""
    with pytest.raises(ConfigurationError, match="is no regular expression: unterminated"):
        Ignored([], ["[a"])


PLANS: dict[str, tuple[ComparePlan, Body, Body]] = {
    "a header": (
        ComparePlan(ignore_headers=frozenset(["X-A"])),
        answered({}, ("x-a", "1")),
        answered({}, ("X-a", "2")),
    ),
    "a header that is gone": (
        ComparePlan(ignore_headers=frozenset(["x-a"])),
        answered({}, ("x-a", "1")),
        answered({}),
    ),
    "a place": (ComparePlan(ignore_paths=("$..at",)), {"a": [{"at": 1}]}, {"a": [{"at": "x"}]}),
    "a pattern in a page": (
        ComparePlan(ignore_patterns=(r"<footer>.*?</footer>",)),
        "<html><p>a</p><footer>x</footer></html>",
        "<html><p>a</p></html>",
    ),
    "a pattern in a text": (ComparePlan(ignore_patterns=(r"\d+ hits",)), "a, 1 hits", "a, none"),
    "a pattern in a text of JSON": (
        ComparePlan(ignore_patterns=(r"by \w+",)),
        {"t": "a by José"},
        {"t": "a by Ann"},
    ),
    "a pattern for a member": (
        ComparePlan(ignore_patterns=(r'"took": \d+',)),
        {"took": 1, "a": 1},
        {"took": 200, "a": 1},
    ),
}


@pytest.mark.parametrize("which", PLANS)
def test_what_is_ignored_is_not_compared(tmp_path: Path, which: str) -> None:
    """But all else is."""
    plan, one, other = PLANS[which]
    bench = Bench(tmp_path, plan)
    bench.teach([one, one])

    found = bench.own(other)
    bench.comparer.close()
    assert found == ([] if which != "a pattern in a text" else ["body line 1"])


def test_what_is_not_matched_is_compared(tmp_path: Path) -> None:
    """A pattern takes out no more than it matches."""
    bench = Bench(tmp_path, ComparePlan(ignore_patterns=(r'"took": \d+', "secs")))
    bench.teach([{"took": 1, "t": "a secs"}] * 2)

    assert bench.own({"took": "x", "t": "a secs"}) == ["body $.took"]
    assert bench.own({"took": 2, "t": "b secs"}) == ["body $.t"]
    bench.comparer.close()
