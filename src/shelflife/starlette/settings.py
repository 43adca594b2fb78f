"""What the middleware and the decorator are told: every option is known, and checked at once."""

from __future__ import annotations

import fnmatch
import inspect
import re
from collections.abc import Iterable
from typing import Any, Callable, Optional

from shelflife.cache import AsyncCache
from shelflife.cache.core import CacheCore
from shelflife.errors import ConfigurationError
from shelflife.http import POLICY, Policy, unknown, with_options

OF_THE_CACHE = frozenset(inspect.signature(CacheCore.__init__).parameters) - {"self", "ttl"}
OWN = frozenset({"app", "cache", "paths", "key", "unless", "session_cookies", "ttl"})
SESSION_COOKIES = ("session", "sessionid")


def policy_and_cache(cache: Any, options: dict[str, Any]) -> tuple[Policy, Optional[AsyncCache]]:
    """Give the policy, and the cache if it is to be made here.

    Raises:
        ConfigurationError: For an option that is unknown, or cannot work.
    """
    for name in options:
        if name not in POLICY | OF_THE_CACHE:
            raise ConfigurationError(unknown(name, POLICY | OF_THE_CACHE | OWN))
    ours = {name: value for name, value in options.items() if name in POLICY}
    theirs = {name: value for name, value in options.items() if name in OF_THE_CACHE}
    policy = with_options(Policy(), ours)
    if cache is None:
        return policy, AsyncCache(**theirs)
    if not isinstance(cache, AsyncCache):
        raise ConfigurationError(f"cache takes an AsyncCache, not {type(cache).__name__}")
    if theirs:
        raise ConfigurationError(f"cache has its own {', '.join(theirs)}: give one of both")
    return policy, None


def path_matcher(paths: Any) -> Callable[[str], bool]:
    """Give what tells whether a path is one of these: `/articles/*`, `/`.

    Raises:
        ConfigurationError: If they are not texts that begin with a slash or a star.
    """
    patterns = (paths,) if isinstance(paths, str) or not isinstance(paths, Iterable) else paths
    texts = list(patterns)
    for text in texts:
        if not isinstance(text, str) or text[:1] not in ("/", "*"):
            raise ConfigurationError('paths takes patterns of paths, such as ["/articles/*"]')
    if not texts:
        return lambda _: False
    joined = re.compile("|".join(map(fnmatch.translate, texts)))
    return lambda path: joined.match(path) is not None


def cookie_names(given: Any) -> frozenset[str]:
    """Give the names of the cookies that carry a session.

    Raises:
        ConfigurationError: If they are not texts.
    """
    names = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    if not all(isinstance(name, str) for name in names):
        raise ConfigurationError("session_cookies takes names of cookies")
    return frozenset(names)


def check_function(name: str, given: Any) -> None:
    """Make sure that an option is a function.

    Raises:
        ConfigurationError: If it is not, or a coroutine function, which nobody would await.
    """
    if given is not None and (not callable(given) or inspect.iscoroutinefunction(given)):
        raise ConfigurationError(f"{name} takes a plain function of the request")
