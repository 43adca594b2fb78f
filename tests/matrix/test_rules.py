"""Stages 1 and 2 on what nine interpreters write and read: no false alarm, few failures missed."""

from __future__ import annotations

from collections import Counter

import pytest

from conftest import missing
from matrix.conftest import VERSIONS, corpus, interpreters, truth
from shelflife.pickles import facts
from shelflife.pickles.reader import Name, Reader
from shelflife.pickles.rules import Evidence, apply_rules
from shelflife.runtimes import open_target


def counted(reader: Reader, version: str) -> Counter[str]:
    """How the verdicts agree with the truth; a false alarm fails at once."""
    found: Counter[str] = Counter()
    walked = [facts(one.blob) for one in corpus()]
    names = {Name(*pair, facts.declared) for facts in walked for pair in facts.names}
    answers = reader.resolve(sorted(names))
    for one, seen, outcome in zip(corpus(), walked, truth(version)):
        evidence = Evidence(seen, len(one.blob), reader, "cPickle", answers)
        verdict = apply_rules(evidence)
        assert not (verdict.verdict == "fails" and not outcome), (one[:3], verdict)
        found[f"{verdict.verdict}, {'fails' if outcome else 'loads'}"] += 1
    return found


@pytest.mark.parametrize("kind", ["real", "declared"])
def test_failures_are_found_and_no_false_alarm_is_raised(kind: str) -> None:
    """On every interpreter, by asking it, and from the tables alone."""
    total: Counter[str] = Counter()
    for version in VERSIONS:
        if version not in interpreters():
            continue
        spec = f"it={interpreters()[version]}" if kind == "real" else f"python{version}"
        reader = open_target(spec)
        try:
            total += counted(reader, version)
        finally:
            reader.close()

    failing = sum(count for key, count in total.items() if key.endswith(", fails"))
    unknown = sum(count for key, count in total.items() if key.startswith("unknown"))
    assert failing > 1_000
    assert total["fails, fails"] / failing >= (0.95 if kind == "real" else 0.88)
    assert unknown / sum(total.values()) < 0.01


def test_the_corpus_is_large() -> None:
    """Several hundred values, and all interpreters where they are promised."""
    if len(interpreters()) < len(VERSIONS):
        missing("python3.13", "not all of the interpreters 2.7 to 3.13 are here")
    assert len({one.expression for one in corpus()}) > 450
