"""A `redis.Redis` made from its own options, for users who come from another client.

Rules:
1. Our timeouts hold unless the options name others.
2. No message quotes a value: passwords are among them.
"""

from __future__ import annotations

import inspect
from typing import Any, Optional

import redis
from redis import exceptions

from shelflife.errors import ConfigurationError
from shelflife.stores.limits import Limits

OPTIONS = frozenset(inspect.signature(redis.Redis.__init__).parameters) - {"self", "kwargs"}
"""What `redis.Redis` takes, in the release that is installed."""


def client_from_options(url: Optional[str] = None, **options: Any) -> Any:
    """Give a `redis.Redis`.

    Args:
        url: Where to connect; what it says comes before the options.
        **options: Of `redis.Redis`.

    Raises:
        ConfigurationError: If the driver does not take them.
    """
    limits = Limits()
    every = {
        "socket_timeout": limits.read_timeout,
        "socket_connect_timeout": limits.connect_timeout,
        **options,
    }
    try:
        return redis.Redis(**every) if url is None else redis.Redis.from_url(url, **every)
    except (TypeError, ValueError, exceptions.RedisError) as error:
        names = ", ".join(sorted(options))
        raise ConfigurationError(
            f"redis.Redis cannot be made from the options {names} ({type(error).__name__})"
        ) from None
