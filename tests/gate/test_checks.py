"""The checks, over counts and registries that are made up."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Optional

import pytest

from gate.made_up import BOTH, NOW, OLD_FORM, check, counts, evidence, member, plus
from shelflife.fleet.counts import Counts
from shelflife.fleet.records import Declared, Remembered
from shelflife.fleet.registry import Registry
from shelflife.live.gate.checking import CHECKS, check_all, result_of
from shelflife.live.gate.terms import Result, Thresholds


def test_all_is_well() -> None:
    """Then every check passes."""
    checks = check_all(evidence(), ())

    assert {one.result for one in checks} == {Result.PASS}, checks


def test_what_was_left_out_passes_nothing() -> None:
    """All checks skipped is no pass."""
    assert result_of(check_all(evidence(), CHECKS)) is Result.INCONCLUSIVE


@pytest.mark.parametrize(
    ("number", "reads", "share", "result"),
    [
        (1, 1000, 1.0, Result.PASS),
        (2, 1000, 1.0, Result.FAIL),
        (1, 500, 1.0, Result.INCONCLUSIVE),
        (2, 500, 1.0, Result.FAIL),  # even if all up to the least number of reads were fine
        (9, 1000, 0.1, Result.PASS),  # it may still be diluted
        (30, 1000, 0.1, Result.FAIL),
        (0, 0, 1.0, Result.INCONCLUSIVE),
    ],
)
def test_unreadable_shares(number: int, reads: int, share: float, result: Result) -> None:
    """Fail as soon as the rest of the time cannot make up for them."""
    window = counts("old", "new")
    window = plus(window, "old", "hits", number=reads - number)
    window = plus(window, "old", "misses", "absent", number=0)
    window = plus(window, "old", "misses", "protocol", number=number)
    window = plus(window, "old", "unreadable", "protocol", "new cpython3.13", "a:*", number=number)
    found = check("unreadable", evidence(window=window, share=share))

    assert found.result is result
    assert found.is_settled == (result is Result.FAIL)


@pytest.mark.parametrize(
    ("hits", "before", "result"),
    [
        (900, None, Result.PASS),
        (700, None, Result.FAIL),
        (870, None, Result.INCONCLUSIVE),  # 3 points of 1,000 reads may be chance
        (900, 950, Result.FAIL),  # against the hour before
        (900, 910, Result.PASS),
    ],
)
def test_hit_ratios(hits: int, before: Optional[int], result: Result) -> None:
    """Are compared with each other and with the hour before, and chance is left out."""
    window = plus(counts("old", "new"), "new", "hits", number=hits)
    window = plus(window, "new", "misses", "absent", number=1000 - hits)
    earlier = Counts()
    if before is not None:
        earlier = plus(counts("old"), "old", "hits", number=before * 10)
        earlier = plus(earlier, "old", "misses", "absent", number=10_000 - before * 10)

    assert check("hit-ratio", evidence(window=window, before=earlier)).result is result


def test_a_hit_ratio_leaves_out_what_the_server_did_not_answer() -> None:
    """That is another check."""
    window = plus(counts("old", "new"), "new", "misses", "unavailable", number=5000)

    assert check("hit-ratio", evidence(window=window)).result is Result.PASS
    assert check("server", evidence(window=window)).result is Result.INCONCLUSIVE


@pytest.mark.parametrize("reader", ["old", "new"])
def test_releases_that_read_only_their_own_entries_prove_nothing(reader: str) -> None:
    """Either of them; entries that it could not read count as read."""
    other = "new" if reader == "old" else "old"
    window = plus(counts("old", "new"), reader, "sampled", other, number=9)
    tried = plus(window, reader, "unreadable", "schema", f"{other} cpython3.11", "a:*", number=1)

    assert check("mixing", evidence(window=window)).result is Result.INCONCLUSIVE
    assert check("mixing", evidence(window=tried)).result is Result.PASS


def test_a_release_that_is_gone_has_read_before() -> None:
    """What it read since the floor was committed counts."""
    past = {"old": Remembered(BOTH, NOW - 9000, NOW - 900)}
    registry = Registry(members={"2": member("new")}, remembered=past, now=NOW)
    found = evidence(registry, window=counts("new"), lately=counts("old", "new"))

    assert check("mixing", found).result is Result.PASS
    assert check("mixing", replace(found, lately=Counts())).result is Result.INCONCLUSIVE


def test_a_declared_release_counts_nothing() -> None:
    """It is said, not guessed."""
    registry = Registry(
        members={"2": member("new")}, declared={"old": Declared(OLD_FORM, "ana", NOW)}, now=NOW
    )
    found = check("mixing", evidence(registry, window=counts("new")))

    assert found.result is Result.INCONCLUSIVE
    assert "--skip mixing" in found.remedy.text


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        (("new", "ping-pong", "old cpython3.8", "a:*"), "ping-pong"),
        (("new", "lost-invalidations"), "lost-invalidations"),
    ],
)
def test_what_cannot_be_made_good_again(cause: tuple[str, ...], name: str) -> None:
    """Fails with the first, unless more is allowed."""
    window = plus(counts("old", "new"), *cause, number=1)
    found = check(name, evidence(window=window, share=0.1))
    allowed = Thresholds(max_ping_pong=1, max_lost_invalidations=1)

    assert found.result is Result.FAIL
    assert found.is_settled
    assert check(name, evidence(window=window, thresholds=allowed)).result is Result.PASS


def test_values_that_cannot_be_written() -> None:
    """Fail at the end; writes that the server dropped are no fault of the release."""
    window = plus(counts("old", "new"), "new", "stored", number=500)
    window = plus(window, "new", "not-stored", "timeout", number=400)
    refused = plus(window, "new", "not-stored", "not-portable", number=40)

    assert check("not-stored", evidence(window=window)).result is Result.PASS
    assert check("not-stored", evidence(window=refused)).result is Result.FAIL
    assert check("not-stored", evidence(window=refused, share=0.5)).result is Result.PASS


def test_processes_that_do_not_tell_what_they_count() -> None:
    """They live, but may not write the counts."""
    window = plus(counts("old", "new"), "new", "reports", number=3)
    found = check("members", evidence(window=window))

    assert found.result is Result.INCONCLUSIVE
    assert "release new told 3 times" in found.details[0]


def test_processes_that_vanished() -> None:
    """In the time that is looked at; those of before do not matter."""
    members = {"1": member("old"), "2": member("new"), "3": member("new", beat=NOW - 60)}
    lately = Registry(members=members, now=NOW)
    before = Registry(members={**members, "3": member("new", beat=NOW - 900)}, now=NOW)

    assert check("members", evidence(lately)).result is Result.INCONCLUSIVE
    assert check("members", evidence(before)).result is Result.PASS


def test_reports_that_were_lost() -> None:
    """A few do not matter; many do."""
    few = plus(counts("old", "new"), "new", "lost-reports", number=2)
    many = plus(counts("old", "new"), "new", "lost-reports", number=90)

    assert check("counts", evidence(window=few)).result is Result.PASS
    assert check("counts", evidence(window=many)).result is Result.INCONCLUSIVE


def test_counts_that_went_down_were_lost() -> None:
    """Somebody removed the hash in the middle of a watch."""
    base, now = counts("old", "new"), counts("new")
    window = now.since(base)

    assert check("counts", evidence(window=window)).result is Result.INCONCLUSIVE
    assert not now.since(now).problems
    assert not now.since(now).counts


def test_thresholds_of_nothing() -> None:
    """Ask for nothing to be seen, and nobody reads."""
    none = Thresholds(min_reads=0, min_mixed=0, max_unreadable=0.0)
    found = check_all(evidence(window=Counts(is_there=True), thresholds=none), ())

    assert result_of(found) is Result.INCONCLUSIVE
    assert [one.name for one in found if one.result is not Result.PASS] == ["members", "hit-ratio"]


def test_a_hash_full_of_releases_takes_no_time() -> None:
    """Nobody has to be who he says he is."""
    many: dict[tuple[str, ...], int] = {
        (f"r{number}", "ping-pong", "x", f"{number}"): 1 for number in range(30_000)
    }
    began = time.process_time()
    found = check_all(evidence(window=Counts(many, (), is_there=True)), ())

    assert time.process_time() - began < 3
    assert max(len(one.details) for one in found) < 20
