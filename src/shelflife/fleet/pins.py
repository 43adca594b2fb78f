"""Readers that nobody sees: releases that may come back, and those without a heartbeat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

from shelflife.errors import ConfigurationError
from shelflife.fleet.changes import Change, is_broken, without_problem
from shelflife.fleet.deciding import have_form_in_common
from shelflife.fleet.records import Declared, Pin
from shelflife.fleet.registry import field_of
from shelflife.fleet.sight import Sight
from shelflife.floors import Floor, lowest


def pin(sight: Sight, release: str, until: float, reach: Optional[Floor], by: str) -> Change:
    """Count a release as a reader that may come back.

    Args:
        sight: What was seen.
        release: Which.
        until: Until when, by the server's clock.
        reach: What it reads, if nobody has seen it.
        by: Who says so.

    Raises:
        ConfigurationError: If that is past, or nobody knows what the release reads.
    """
    if until <= sight.now:
        raise ConfigurationError("that moment is past: a pin ends in the future")
    record = Pin(reach or _reach_of(sight, release), until, by, sight.registry.now)
    name = field_of("pin", _checked(release))
    before = sight.registry.pins.get(release)
    after = replace(sight.registry, pins={**sight.registry.pins, release: record})
    change = Change(
        f"pin release {release}, which reads {record.reach}",
        name,
        record,
        without_problem(after, name),
        back=_pin_again(release, before, sight) if before else ("unpin", release),
    )
    return _without_conflict(sight, change)


def unpin(sight: Sight, release: str) -> Change:
    """Count a release no more.

    Raises:
        ConfigurationError: If it is not pinned.
    """
    name, pins = field_of("pin", release), dict(sight.registry.pins)
    if pins.pop(release, None) is None and not is_broken(sight, name):
        raise ConfigurationError(_unknown("pinned", release, sight.registry.pins))
    after = without_problem(replace(sight.registry, pins=pins), name)
    was = sight.registry.pins.get(release)
    return Change(
        f"unpin release {release}", name, None, after, back=_pin_again(release, was, sight)
    )


def declare(sight: Sight, release: str, reach: Floor, by: str) -> Change:
    """Count a release without a heartbeat as a reader.

    Raises:
        ConfigurationError: If the fleet would have no form in common with it.
    """
    record = Declared(reach, by, sight.registry.now)
    name = field_of("declare", _checked(release))
    before = sight.registry.declared.get(release)
    after = replace(sight.registry, declared={**sight.registry.declared, release: record})
    change = Change(
        f"declare release {release}, which reads {reach}",
        name,
        record,
        without_problem(after, name),
        back=("declare", release, *reach_words(before.reach)) if before else ("undeclare", release),
    )
    return _without_conflict(sight, change)


def undeclare(sight: Sight, release: str) -> Change:
    """Count a declared release no more.

    Raises:
        ConfigurationError: If it was not declared.
    """
    name, declared = field_of("declare", release), dict(sight.registry.declared)
    was = declared.pop(release, None)
    if was is None and not is_broken(sight, name):
        raise ConfigurationError(_unknown("declared", release, sight.registry.declared))
    after = without_problem(replace(sight.registry, declared=declared), name)
    back = ("declare", release, *reach_words(was.reach)) if was else ()
    return Change(f"undeclare release {release}", name, None, after, back=back)


def reach_words(reach: Floor) -> tuple[str, ...]:
    """Give the options that say what a release reads."""
    _, *terms = str(reach).split(", ")
    return ("--reads", ",".join(terms), "--python", reach.python_text)


def _without_conflict(sight: Sight, change: Change) -> Change:
    after = replace(sight, registry=change.after)
    if not have_form_in_common(after.readers) and have_form_in_common(sight.readers):
        raise ConfigurationError(
            "the fleet would have no form that all its readers read: "
            + "; ".join(
                f"{reader} reads {' and '.join(sorted(reader.reach.dialects))}"
                for reader in after.readers
            )
        )
    return change


def _reach_of(sight: Sight, release: str) -> Floor:
    """Give what a release reads, by its processes that live, or by those seen last."""
    reaches = [member.reach for member in sight.alive.values() if member.release == release]
    remembered = sight.registry.remembered.get(release)
    if remembered is not None:
        reaches.append(remembered.reach)
    if not reaches:
        known = {member.release for member in sight.alive.values()} | {*sight.registry.remembered}
        raise ConfigurationError(
            f"{_unknown('known', release, known)}. If it is right, say what it reads: --reads "
            "shelflife,werkzeug --python 3.9"
        )
    return lowest(reaches)


def _pin_again(release: str, was: Optional[Pin], sight: Sight) -> tuple[str, ...]:
    if was is None or was.until <= sight.now:
        return ()
    hours = max(1, round((was.until - sight.now) / 3600))
    return ("pin", release, "--until", f"{hours}h", *reach_words(was.reach))


def _unknown(what: str, release: str, known: Any) -> str:
    names = ", ".join(sorted(known)) or "none"
    return f"release {release} is not {what}; those that are: {names}"


def _checked(release: str) -> str:
    if not release or not release.isprintable() or len(release) > 100 or release[0] == "-":
        raise ConfigurationError(
            "a release is a line of up to 100 printable characters that begins with no dash"
        )
    return release
