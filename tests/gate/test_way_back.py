"""Which release a rollback leads to, and whether it reads what is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import pytest

from gate.made_up import BOTH, NOW, OLD_FORM, OURS, check, evidence, member
from shelflife.errors import ConfigurationError
from shelflife.fleet.records import Commit, Declared, Pin, Remembered
from shelflife.fleet.registry import Registry
from shelflife.fleet.sight import Sight
from shelflife.live.gate.evidence import release_to_go_back_to
from shelflife.live.gate.terms import Result


def test_a_release_that_nobody_pinned_is_not_counted_as_a_reader() -> None:
    """If it would not read what is written, pinning it lowers the floor for all."""
    past = {"old": Remembered(OLD_FORM, NOW - 9000, NOW - 900)}
    registry = Registry(members={"2": member("new")}, remembered=past, now=NOW)
    found = check("way-back", evidence(registry))

    assert found.result is Result.FAIL
    assert found.remedy.words[:3] == ("floor", "pin", "old")
    assert found.remedy.back[:3] == ("floor", "unpin", "old")


def test_a_release_with_a_floor_of_its_own_is_named() -> None:
    """Nothing that the fleet does helps there."""
    registry = Registry(
        members={
            "1": member("old", reach=OURS),
            "2": member("new", writes="python>=3.9, werkzeug", minimum=""),
        },
        now=NOW,
    )
    found = check("way-back", evidence(registry))

    assert found.result is Result.FAIL
    assert found.remedy.text.startswith("Release new does not follow the fleet")


@pytest.mark.parametrize(("ago", "result"), [(60, "INCONCLUSIVE"), (7200, "PASS")])
def test_a_floor_that_was_lowered_a_moment_ago(ago: float, result: str) -> None:
    """Entries of before may still be there."""
    commit = Commit(OLD_FORM, OURS, "ana", NOW - ago, ())
    low = {"writes": str(OLD_FORM), "minimum": str(OLD_FORM)}
    registry = Registry(
        members={"1": member("old", reach=OLD_FORM, **low), "2": member("new", **low)},
        commit=commit,
        now=NOW,
    )

    assert check("way-back", evidence(registry)).result == result


def test_the_release_to_go_back_to() -> None:
    """Is the one that is named, pinned, lives longest, is declared, or was seen last."""
    past = {"old": Remembered(BOTH, NOW - 9000, NOW), "gone": Remembered(BOTH, 1.0, NOW - 5000)}
    both = {"1": member("old"), "2": member("new")}
    registry = Registry(members=both, remembered=past, now=NOW)

    def found(registry: Registry, given: Optional[str] = None) -> Optional[str]:
        return release_to_go_back_to(Sight("api", registry, registry.members), given)

    pins = {"gone": Pin(BOTH, NOW + 60, "ana", None), "older": Pin(BOTH, NOW - 60, "ana", None)}
    one = {"2": member("new")}
    assert found(registry) == "old"
    assert found(registry, "gone") == "gone"
    assert found(replace(registry, pins=pins)) == "gone"
    assert found(replace(registry, members=one)) == "old"
    assert found(replace(registry, members=one, declared={"x": Declared(BOTH, "a", 1.0)})) == "x"
    assert found(replace(registry, members=one, remembered={})) is None
    with pytest.raises(ConfigurationError, match="gone, new, old"):
        found(registry, "nobody")
