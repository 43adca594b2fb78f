"""How long a store may take and how much it may use, as a user sets it."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Optional, Union

from shelflife.errors import ConfigurationError

Number = Union[int, float]

_LONGEST = 86400.0  # seconds; a socket refuses much more than that
_COUNTS = ("max_connections", "breaker_failures")
_MAY_BE_ZERO = ("pool_wait", "breaker_pause")


@dataclass(frozen=True)
class Limits:
    """Bounds of one store; times are seconds.

    Attributes:
        connect_timeout: To connect and log in.
        read_timeout: To ask and be answered, all in all; each 8 MiB moved earns another one.
        max_connections: At the same time, in this process.
        pool_wait: To wait for one of them to become free.
        breaker_failures: So many failures in a row, and the server is left alone for a moment.
        breaker_pause: That moment.
    """

    connect_timeout: float = 0.5
    read_timeout: float = 0.5
    max_connections: int = 50
    pool_wait: float = 0.5
    breaker_failures: int = 3
    breaker_pause: float = 1.0


_NAMES = tuple(field.name for field in fields(Limits))


def check_limits(options: dict[str, Optional[Number]]) -> dict[str, Number]:
    """Give the options that are set, by the names of `Limits`' fields.

    Raises:
        ConfigurationError: If there is no such option, or its value cannot work.
    """
    for name, value in options.items():
        if name not in _NAMES:
            raise ConfigurationError(
                f"a store has no option {name!r}; there are: {', '.join(_NAMES)}"
            )
        if value is not None:
            _check(name, value)
    return {name: value for name, value in options.items() if value is not None}


def _check(name: str, value: Number) -> None:
    if name in _COUNTS:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ConfigurationError(f"{name} must be a whole number from 1 up, not {value!r}")
        return
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or math.isnan(value) or not 0 <= value <= _LONGEST:
        raise ConfigurationError(
            f"{name} must be seconds, at most {_LONGEST:.0f}, not {value!r}; None is the default"
        )
    if value == 0 and name not in _MAY_BE_ZERO:
        raise ConfigurationError(f"{name} must be more than 0 seconds; None is the default")
