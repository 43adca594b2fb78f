"""The app `shelflife.django`: it looks at the settings when Django starts, and has system checks.

The backend works without it. With it, a setting that cannot be stops the start, rather than the
first request that asks for the cache.
"""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from shelflife.django.checks import aliases, check_choices, check_server


class ShelflifeConfig(AppConfig):  # type: ignore[misc]  # Django has no types
    """Registered by "shelflife.django" in INSTALLED_APPS."""

    name = "shelflife.django"
    label = "shelflife"
    verbose_name = "shelflife"

    def ready(self) -> None:
        """Make every backend, and register the checks.

        Raises:
            InvalidCacheBackendError: If a setting is not known or cannot be.
        """
        aliases()
        checks.register(check_choices, checks.Tags.caches)
        checks.register(check_server, checks.Tags.caches, deploy=True)
