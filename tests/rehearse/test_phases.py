"""Which request is sent to whom, and when."""

from __future__ import annotations

from collections import Counter

from shelflife.rehearse.dealing import MIXED_NEW, MIXED_OLD, UPGRADE, WARM, Deal
from shelflife.rehearse.entries.book import NEW, OLD
from shelflife.rehearse.entries.kinds import Kinds
from shelflife.rehearse.learned import Learned
from shelflife.rehearse.phases import MIXED, keys_to_expire, plan_phases
from shelflife.rehearse.requests import Request


def requests(count: int) -> list[Request]:
    return [Request(number, "GET", f"/articles/{number}") for number in range(count)]


def dealt(asked: list[Request], warm: float = 0.5, seed: int = 1, shared: bool = False) -> Deal:
    learned, kinds = Learned(), Kinds("api:")
    learned.distinct(asked)
    for request in asked:
        learned.written[request.number] = {(0, b"api:article:%d" % request.number, b"")}
        if shared:
            learned.written[request.number].add((0, b"api:config", b""))
    kinds.learn(learned.all_places())
    return Deal(asked, learned, kinds, warm, seed)


def test_a_part_is_warm_and_each_phase_has_first_writers() -> None:
    """Half of the keys are warm, and no turn goes without."""
    deal = dealt(requests(100))

    turns = Counter(deal.turn(request) for request in requests(100))
    assert turns[WARM] == 50
    assert turns[UPGRADE] == 20
    assert min(turns.values()) >= 5
    assert len(turns) == 6


def test_a_key_that_all_requests_share_does_not_bind_them() -> None:
    """They are dealt by the rarest key they write."""
    deal = dealt(requests(100), shared=True)

    assert Counter(deal.turn(request) for request in requests(100))[WARM] == 50


def test_a_key_that_one_request_writes_for_all_expires_too() -> None:
    """Else new would never write it: whoever is asked first finds it already."""
    asked = requests(20)
    learned, kinds = Learned(), Kinds("")
    learned.distinct(asked)
    for request in asked:
        learned.written[request.number] = {(0, b"article:%d" % request.number, b"")}
    learned.written[7].add((0, b"settings", b""))
    kinds.learn(learned.all_places())
    deal = Deal(asked, learned, kinds, 0.5, 1)

    assert 7 in {request.number for request in keys_to_expire(deal, 1)}
    assert list(deal.others.values()) == [asked[7]]


def test_requests_for_one_entry_go_together() -> None:
    """Else both releases could be the first to write it."""
    asked = requests(20)
    again = [request._replace(number=20 + request.number) for request in asked]
    deal = dealt([*asked])
    phases = {phase.name: phase for phase in plan_phases([*asked, *again], deal, 1)}

    for phase in phases.values():
        counts = Counter(step.request.target for step in phase.steps)
        assert set(counts.values()) == {4 if phase.name == MIXED else 2}


def test_all_warm_means_all() -> None:
    """So that the false green of 2019 can be shown."""
    deal = dealt(requests(10), warm=1.0)

    assert {deal.turn(request) for request in requests(10)} == {WARM}


def test_the_few_keys_of_a_class_begin_warm() -> None:
    """With one key there is nothing to deal; with two, new writes the second."""
    assert dealt(requests(1)).turn(requests(1)[0]) == WARM
    assert {dealt(requests(2)).turn(request) for request in requests(2)} == {WARM, UPGRADE}


def test_in_the_mixed_phase_both_are_asked_in_turn() -> None:
    """Who is first was dealt, so that each reads what the other has just written."""
    asked = requests(40)
    deal = dealt(asked)
    [mixed] = [phase for phase in plan_phases(asked, deal, 1) if phase.name == MIXED]

    pairs = list(zip(mixed.steps[::2], mixed.steps[1::2]))
    assert all(a.request == b.request and {a.release, b.release} == {OLD, NEW} for a, b in pairs)
    first = {a.request.number: a.release for a, _ in pairs}
    for request in asked:
        wanted = {MIXED_OLD: OLD, MIXED_NEW: NEW}.get(deal.turn(request))
        assert wanted in {None, first[request.number]}


def test_the_same_seed_deals_the_same() -> None:
    """And another one otherwise."""
    asked = requests(60)
    one, two, other = (dealt(asked, seed=seed) for seed in (1, 1, 2))

    turns = [[deal.turn(request) for request in asked] for deal in (one, two, other)]
    assert turns[0] == turns[1] != turns[2]
    assert keys_to_expire(one, 1) == keys_to_expire(two, 1)
    assert len(keys_to_expire(one, 1)) == 3
