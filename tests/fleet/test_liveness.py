"""Who is alive, in simulated time: crashes, stops, outages, and clocks that are set."""

from __future__ import annotations

import random

import pytest

from fleet.simulated import BOTH, HIGH, World

WERKZEUG = frozenset(("werkzeug",))


@pytest.fixture
def world() -> World:
    """A server where `HIGH` is committed."""
    world = World()
    world.commit(HIGH)
    return world


def test_a_lower_reader_lowers_the_floor_within_a_second(world: World) -> None:
    """And raises it again when it leaves."""
    new = world.start("new")
    world.run(30)
    assert new.writes == "shelflife"
    old = world.start("old", WERKZEUG)
    world.run(1.0)
    assert (new.writes, old.writes) == ("werkzeug", "werkzeug")

    world.leave(old)
    world.run(6)
    assert new.writes == "shelflife"


def test_a_killed_process_counts_for_twenty_seconds(world: World) -> None:
    """Then no more, and after an hour it is removed."""
    new, old = world.start("new"), world.start("old", WERKZEUG)
    world.run(30)
    old.gone = True
    world.run(14)
    assert new.writes == "werkzeug"

    world.run(12)
    assert new.writes == "shelflife"
    assert world.members() == {"new", "old"}
    world.run(3600)
    assert world.members() == {"new"}


def test_a_stopped_process_comes_back_as_a_new_one(world: World) -> None:
    """It lowers the floor within a second, and writes its minimum until it knows better."""
    new, old = world.start("new"), world.start("old", WERKZEUG)
    world.run(30)
    old.stopped = True
    world.run(60)
    assert new.writes == "shelflife"
    old.stopped = False

    world.run(1.0)
    assert new.writes == "werkzeug"


@pytest.mark.parametrize("jump", [-86400.0, -60.0, -3.0, 3.0, 60.0, 86400.0])
def test_the_servers_clock_may_be_set(world: World, jump: float) -> None:
    """Nobody is dead for that."""
    new, old = world.start("new"), world.start("old", WERKZEUG)
    world.run(40)
    world.server_is_ahead += jump
    for _ in range(300):
        world.run(0.1)
        assert new.writes == "werkzeug"

    old.gone = True
    world.run(60)
    assert new.writes == "shelflife"


def test_a_server_that_does_not_tell_the_time(world: World) -> None:
    """Who has not beaten as far as one can see is dead."""
    world.tells_time = False
    new, old = world.start("new"), world.start("old", WERKZEUG)
    world.run(60)
    assert new.writes == "werkzeug"
    old.gone = True
    world.run(14)
    assert new.writes == "werkzeug"

    world.run(12)
    assert new.writes == "shelflife"


@pytest.mark.parametrize("seconds", [5, 30, 300])
def test_after_an_outage_nobody_is_dead_yet(world: World, seconds: float) -> None:
    """Neither to who was there before, nor to who comes then."""
    new, old = world.start("new"), world.start("old", WERKZEUG)
    world.run(40)
    world.is_up = False
    world.run(seconds)
    assert new.writes == "werkzeug"
    world.is_up = True
    late = world.start("late")
    old.stopped = True  # it beats again last of all
    for _ in range(20):
        world.run(0.1)
        assert "shelflife" not in (new.writes, late.writes)
    old.stopped = False
    for _ in range(300):
        world.run(0.1)
        assert "shelflife" not in (new.writes, late.writes)


def test_who_comes_later_does_not_wait_for_who_is_long_dead(world: World) -> None:
    """As another has beaten all the time that it would have had to."""
    world.start("new")
    old = world.start("old", WERKZEUG)
    world.run(40)
    old.gone = True
    world.run(60)
    late = world.start("late")

    world.run(1)
    assert late.writes == "shelflife"


def test_a_lost_registry_is_the_minimum(world: World) -> None:
    """Everybody writes itself down again, and nothing is committed."""
    new = world.start("new")
    world.run(30)
    assert new.writes == "shelflife"
    world.lose()
    world.run(1.0)

    assert new.writes == "werkzeug"
    assert world.members() == {"new"}
    world.commit(HIGH)
    world.run(1.0)
    assert new.writes == "shelflife"


def test_lost_and_committed_again_at_once(world: World) -> None:
    """Who was lost lowers the floor within a second of being there again."""
    new, old = world.start("new"), world.start("old", WERKZEUG)
    world.run(30)
    world.lose()
    world.commit(HIGH)

    world.run(1.5)
    assert (new.writes, old.writes) == ("werkzeug", "werkzeug")


def test_same_reach_calls_nobody(world: World) -> None:
    """A deploy of many equal processes makes nobody read everything again and again."""
    world.start("first")
    world.run(10)
    version = world.version()
    for number in range(20):
        world.start(f"p{number}")
    world.run(10)

    assert world.version() == version


def test_what_changes_is_told_once(world: World) -> None:
    """Not at each turn."""
    new = world.start("new")
    world.run(30)
    world.is_up = False
    world.run(30)
    world.is_up = True
    world.run(10)
    world.lose()
    world.run(10)

    assert new.told == ["changed", "unreachable", "changed"]


@pytest.mark.parametrize("offset", range(60))
def test_a_stopped_writer_writes_nothing_that_was_decided_against(
    world: World, offset: int
) -> None:
    """Whenever it was stopped, its lease has run out before it gets to a turn."""
    new = world.start("new")
    world.run(30 + offset / 10)
    new.stopped = True
    world.start("old", WERKZEUG)
    world.run(1.0)

    assert new.writes == "werkzeug"


@pytest.mark.parametrize(
    "seed", [*range(5), *(pytest.param(n, marks=pytest.mark.slow) for n in range(5, 100))]
)
def test_anything_may_happen(seed: int) -> None:
    """Whoever has been written down for a second, and was not taken for dead, reads all."""
    chance = random.Random(seed)
    world = World(random.Random(seed))
    raised = 0
    for number in range(700):
        happens(world, chance, number)
        for _ in range(chance.randrange(1, 12)):
            world.run(0.1)
            raised += check(world)

    assert raised > 10 or seed >= 5


def happens(world: World, chance: random.Random, number: int) -> None:
    """Let something happen, or not."""
    alive = [p for p in world.processes if not p.gone]
    what = chance.random()
    if what < 0.1 and len(alive) < 6:
        world.start(f"p{number}", BOTH if chance.random() < 0.7 else WERKZEUG)
    elif what < 0.18 and alive:
        chance.choice(alive).gone = True
    elif what < 0.25 and alive:
        process = chance.choice(alive)
        if not process.is_talking:  # stopped in between, it may take longer
            process.stopped = not process.stopped
    elif what < 0.27:
        world.lose()
    elif what < 0.3:
        world.is_up = not world.is_up
    elif what < 0.5:
        world.is_up = True
        world.commit(HIGH if chance.random() < 0.8 else "python>=3.8, werkzeug")


def check(world: World) -> int:
    """Check it at this moment; give how many writers are above the minimum."""
    now, members = world.seconds, world.members()
    writers = [p for p in world.processes if not p.gone]
    for reader in writers:
        is_settled = reader.name in members and now - reader.joined_at > 1.05
        if is_settled and now - reader.beat_at < 14.9:
            for writer in writers:
                assert writer.writes in reader.follower.reach.dialects, (reader.name, writer.name)
    return sum(writer.writes == "shelflife" for writer in writers)
