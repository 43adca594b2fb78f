"""System checks: settings that can be, but are seldom meant; and, for a deploy, the server.

| id | when |
|---|---|
| `shelflife.W001` | LOCATION is `memory://`: each process has entries of its own |
| `shelflife.W002` | codec "pickle" without "allow": what it is chosen for will not be read |
| `shelflife.W003` | `check --deploy`: the server does not answer |
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.checks import Warning as CheckWarning

from shelflife.django.backend import ShelflifeCache
from shelflife.lookup import Miss, Reason


def aliases() -> dict[str, ShelflifeCache]:
    """Give the aliases that are ours, and their backends.

    Raises:
        InvalidCacheBackendError: If a setting is not known or cannot be.
    """
    backends = {alias: caches[alias] for alias in settings.CACHES}
    return {
        alias: backend for alias, backend in backends.items() if isinstance(backend, ShelflifeCache)
    }


def check_choices(**_: Any) -> list[CheckWarning]:
    """Warn of choices that are seldom meant."""
    found = []
    for alias, backend in aliases().items():
        options = settings.CACHES[alias].get("OPTIONS") or {}
        if backend.address == "memory://":
            found.append(_in_memory(alias))
        if options.get("codec") == "pickle" and not options.get("allow"):
            found.append(_allows_nothing(alias))
    return found


def check_server(**_: Any) -> list[CheckWarning]:
    """Warn of servers that do not answer."""
    found = []
    for alias, backend in aliases().items():
        outcome = backend.lookup("shelflife.django.checks")
        if isinstance(outcome, Miss) and outcome.reason is Reason.UNAVAILABLE:
            text = f"CACHES[{alias!r}]: {backend.address} does not answer: {outcome.detail}"
            hint = "Every read is a miss and every write is dropped until it does."
            found.append(CheckWarning(text, hint=hint, id="shelflife.W003"))
    return found


def _in_memory(alias: str) -> CheckWarning:
    return CheckWarning(
        f"CACHES[{alias!r}]: each process keeps entries of its own under memory://.",
        hint="What one process deletes, the others keep. Give a redis:// URL as LOCATION.",
        id="shelflife.W001",
    )


def _allows_nothing(alias: str) -> CheckWarning:
    return CheckWarning(
        f'CACHES[{alias!r}]: codec is "pickle", but "allow" names nothing.',
        hint="Classes of your own are not read back: name them, such as "
        '"allow": ["app.models.*"], or leave codec out.',
        id="shelflife.W002",
    )
