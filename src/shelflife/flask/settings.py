"""The application's `SHELFLIFE_*` settings -> options of its cache, and what is said of responses.

An unknown setting, or one that cannot work, is an error at start-up that names it.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from shelflife.cache.core import CacheCore
from shelflife.errors import ConfigurationError
from shelflife.http import Policy
from shelflife.operations import milliseconds
from shelflife.stores import check_url

PREFIX = "SHELFLIFE_"
RESPONSES = "SHELFLIFE_RESPONSES_"
OPTIONS = frozenset(inspect.signature(CacheCore.__init__).parameters) - {"self"}
POLICY = frozenset(field.name for field in fields(Policy))


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
            raise ConfigurationError(_unknown(setting, [*known, *known_of_responses]))
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


def with_options(before: Policy, options: Mapping[str, Any]) -> Policy:
    """Give a policy with some of its parts said anew.

    Raises:
        ConfigurationError: If a part is unknown, or of a kind that cannot work.
    """
    said = dict(options)
    for name in said:
        if name not in POLICY:
            raise ConfigurationError(_unknown(name, POLICY))
    if "vary" in said:
        said["vary"] = tuple(name.lower() for name in _texts("vary", said["vary"]))
    if "statuses" in said:
        said["statuses"] = _statuses(said["statuses"])
    if "ttl" in said:
        milliseconds(said["ttl"])
    return replace(before, **said)


def _statuses(given: Any) -> frozenset[int]:
    try:
        statuses = frozenset(given)
    except TypeError:
        statuses = frozenset({None})
    if not all(type(status) is int for status in statuses):
        raise ConfigurationError("statuses takes the codes that are cached, such as {200, 404}")
    return statuses


def _texts(name: str, given: Any) -> tuple[str, ...]:
    texts = (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(f"{name} takes names of request headers")
    return texts


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
    return f"there is no option {name}; {hint}"
