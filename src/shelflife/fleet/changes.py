"""What the command line may change of a fleet, each planned from what was seen.

Rules:
1. A plan says what it would put and remove, what speaks against it, and how to take it back.
2. What cannot be is an error; what readers or a hold speak against is refused.
3. A plan is carried out only if nothing changed since it was made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Union

from shelflife.errors import ConfigurationError
from shelflife.fleet.deciding import hindrances
from shelflife.fleet.order import is_within
from shelflife.fleet.records import Commit, Declared, Hold, Pin
from shelflife.fleet.registry import (
    FLOOR_FIELD,
    HOLD_FIELD,
    VERSION_FIELD,
    Registry,
    new_version,
    registry_key,
)
from shelflife.fleet.sight import Sight
from shelflife.floors import Floor, lowest
from shelflife.stores.commands import WRONG_TYPE, SwapFields

_Record = Union[Commit, Pin, Declared, Hold, None]


@dataclass(frozen=True)
class Change:
    """A plan.

    Attributes:
        says: What it does, as a sentence.
        field: Which field of the registry it writes.
        record: What it writes; None if it removes the field.
        after: The registry as it will be.
        refusals: What speaks against it.
        unclear: Why nothing can be said for or against it, or "".
        back: The words of the command that takes it back; empty if there is nothing to take back.
    """

    says: str
    field: bytes
    record: _Record
    after: Registry
    refusals: tuple[str, ...] = ()
    unclear: str = ""
    back: tuple[str, ...] = ()


def raise_floor(sight: Sight, floor: Floor, by: str) -> Change:
    """Commit a higher floor, if every reader reads what is written there.

    Raises:
        ConfigurationError: If it is not higher.
    """
    registry = sight.registry
    old = registry.commit.floor if registry.commit else None
    if old is not None and is_within(floor, old):
        raise ConfigurationError(
            f"the floor is {old}, and {floor} is no higher; to go down, say lower"
        )
    refusals = [
        f"{reader}: {'; '.join(why)}"
        for reader in sight.readers
        if (why := hindrances(floor, reader.reach))
    ]
    if registry.hold is not None:
        refusals.insert(0, f"{registry.hold.by} holds the floor: {registry.hold.reason}")
    refusals += [
        f"the field {problem.field} of the registry is {problem.why}: a reader may be behind it"
        for problem in registry.problems
        if problem.why != "unknown" and problem.field != FLOOR_FIELD.decode()
    ]
    unclear = "" if sight.alive else "no process of the fleet is alive, so none could be asked"
    return replace(
        _commit(sight, floor, by, f"raise the floor to {floor}"),
        refusals=tuple(refusals),
        unclear=unclear,
        back=("lower", str(old)) if old else _back_to_minimum(sight),
    )


def lower_floor(sight: Sight, floor: Floor, by: str) -> Change:
    """Commit a lower floor; nothing speaks against that.

    Raises:
        ConfigurationError: If it is higher.
    """
    commit, minimums = sight.registry.commit, sight.minimums
    old = commit.floor if commit else (lowest(minimums) if minimums else None)
    if old is None:
        raise ConfigurationError(
            "nothing was committed, and no process says its minimum: there is no floor to lower"
        )
    if not is_within(floor, old):
        raise ConfigurationError(
            f"the floor is {old}, and {floor} is higher in some respect; to go up, say raise"
        )
    change = _commit(sight, floor, by, f"lower the floor to {floor}")
    return replace(change, back=("raise", str(old)))


def hold(sight: Sight, reason: str, by: str) -> Change:
    """Keep the floor from being raised."""
    record = Hold(reason, by, sight.registry.now)
    after = replace(sight.registry, hold=record)
    return Change("hold the floor", HOLD_FIELD, record, after, back=("hold", "--release"))


def release_hold(sight: Sight) -> Change:
    """Let the floor be raised again.

    Raises:
        ConfigurationError: If it is not held.
    """
    held = sight.registry.hold
    if held is None and not is_broken(sight, HOLD_FIELD):
        raise ConfigurationError("the floor is not held")
    back = ("hold", "--reason", held.reason) if held else ()
    after = without_problem(replace(sight.registry, hold=None), HOLD_FIELD)
    return Change("release the hold", HOLD_FIELD, None, after, back=back)


def carry_out(sight: Sight, change: Change, run: Callable[[Any], Any]) -> bool:
    """Carry out a plan; False if the registry changed since it was made.

    Raises:
        ConfigurationError: If something else lies under the registry's key.
        ServerError: If the server cannot be asked.
    """
    puts = [(VERSION_FIELD, new_version())]
    if change.record is not None:
        puts.append((change.field, change.record.framed()))
    removals = (change.field,) if change.record is None else ()
    key = registry_key(sight.fleet)
    done = run(SwapFields(key, VERSION_FIELD, sight.registry.version, tuple(puts), removals))
    if done is WRONG_TYPE:
        raise ConfigurationError(
            f"what lies under {key.decode()} is no registry: remove that key; the processes then "
            "register again"
        )
    return bool(done)


def _commit(sight: Sight, floor: Floor, by: str, says: str) -> Change:
    registry = sight.registry
    readers = tuple(
        {"kind": r.kind, "name": r.name, "reads": str(r.reach), "count": r.processes}
        for r in sight.readers[:100]
    )
    previous = registry.commit.floor if registry.commit else None
    record = Commit(floor, previous, by, registry.now, readers)
    after = without_problem(replace(registry, commit=record), FLOOR_FIELD)
    return Change(says, FLOOR_FIELD, record, after)


def _back_to_minimum(sight: Sight) -> tuple[str, ...]:
    minimums = sight.minimums
    return ("lower", str(lowest(minimums))) if minimums and lowest(minimums).writes else ()


def is_broken(sight: Sight, field: bytes) -> bool:
    """Whether a field is not believed, and so may be removed unread."""
    return any(problem.field == field.decode() for problem in sight.registry.problems)


def without_problem(registry: Registry, field: bytes) -> Registry:
    """Give the registry without what was wrong with a field that is written anew."""
    left = tuple(problem for problem in registry.problems if problem.field != field.decode())
    return replace(registry, problems=left)
