"""The application's `SHELFLIFE_*` settings -> options of its cache, and what is said of responses.

An unknown setting, or one that cannot work, is an error at start-up that names it.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from shelflife.cache.core import CacheCore
from shelflife.errors import ConfigurationError
from shelflife.http import POLICY, Policy, unknown, with_options
from shelflife.stores import check_url

PREFIX = "SHELFLIFE_"
RESPONSES = "SHELFLIFE_RESPONSES_"
OPTIONS = frozenset(inspect.signature(CacheCore.__init__).parameters) - {"self"}


def cache_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options of the cache.

    Raises:
        ConfigurationError: For a setting that cannot work.
    """
    known = {f"{PREFIX}{name.upper()}": name for name in OPTIONS}
    known_of_responses = {f"{RESPONSES}{name.upper()}" for name in POLICY}
    options = {}
    for setting, value in config.items():
        if not isinstance(setting, str) or not setting.startswith(PREFIX):
            continue
        if setting in known:
            options[known[setting]] = value
        elif setting not in known_of_responses:
            raise ConfigurationError(unknown(setting, [*known, *known_of_responses]))
    if options.get("url") is not None:
        try:
            check_url(options["url"])
        except ConfigurationError as error:
            raise ConfigurationError(f"SHELFLIFE_URL: {error}") from None
    return options


def policy(config: Mapping[str, Any]) -> Policy:
    """Give what the settings say of responses.

    Raises:
        ConfigurationError: For a setting that cannot work.
    """
    said = {
        name: config[f"{RESPONSES}{name.upper()}"]
        for name in POLICY
        if f"{RESPONSES}{name.upper()}" in config
    }
    try:
        return with_options(Policy(), said)
    except ConfigurationError as error:
        raise ConfigurationError(f"{RESPONSES}*: {error}") from None
