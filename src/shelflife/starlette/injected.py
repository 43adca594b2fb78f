"""What a framework injects into an endpoint: a part of what tells its responses apart.

Rules:
1. What comes from the path or the query is in the URL, and so in the key; the request, and what
   else serves to answer it, is for the application to look at.
2. All the rest may be somebody's own. Plain data becomes part of the key, as a digest: it may be
   secret.
3. What is no plain data cannot: such a request goes past the cache, and once that is told.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Optional

from starlette.requests import HTTPConnection

from shelflife.errors import ConfigurationError
from shelflife.starlette.plain_data import NotPlain, framed, to_bytes

logger = logging.getLogger("shelflife")

_OF_THE_URL = ("path_params", "query_params")
_OF_THE_FRAMEWORK = (
    "request_param_name",
    "websocket_param_name",
    "http_connection_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
)


class Injected:
    """The arguments of one endpoint.

    Args:
        endpoint: Its name.
        ignored: Names of parameters that do not change the response.
    """

    def __init__(self, endpoint: str, ignored: frozenset[str]) -> None:
        self._endpoint = endpoint
        self._ignored = ignored
        self._is_told = False
        self._left_out: tuple[Any, frozenset[str]] = (None, ignored)  # for the last route

    def digest(self, route: Any, arguments: Mapping[str, Any]) -> Optional[str]:
        """Give what tells the response for these arguments apart; None if the URL does.

        Args:
            route: That led here, if it is known: FastAPI's say where arguments come from.
            arguments: By name, as they were injected.

        Raises:
            NotPlain: If one of them is no plain data.
        """
        its_route, left_out = self._left_out
        if its_route is not route:
            left_out = self._ignored | _not_injected(route)
            self._left_out = (route, left_out)
        if left_out.issuperset(arguments):
            return None
        names = sorted(arguments.keys() - left_out)
        injected = [(name, arguments[name]) for name in names]
        return self._digest([it for it in injected if not isinstance(it[1], HTTPConnection)])

    def _digest(self, injected: list[tuple[str, Any]]) -> Optional[str]:
        opaque: dict[str, type] = {}
        digest = hashlib.blake2b(digest_size=16)
        for name, value in injected:
            try:
                digest.update(framed(name.encode(), to_bytes(value)))
            except NotPlain:
                opaque[name] = type(value)
        if opaque:
            self._tell(opaque)
            raise NotPlain
        return digest.hexdigest() if injected else None

    def _tell(self, opaque: Mapping[str, type]) -> None:
        if self._is_told:
            return
        self._is_told = True
        shown = ", ".join(f"{name} ({kind.__name__})" for name, kind in opaque.items())
        names = "".join(f'"{name}", ' for name in opaque).rstrip()
        names = names.rstrip(",") if len(opaque) > 1 else names
        logger.warning(
            "responses of %s are not cached: %s cannot be part of a key; say ignore=(%s) if that "
            "does not change the response, with vary= if a header tells what does, or key=",
            self._endpoint,
            shown,
            names,
        )


def ignored_names(given: Any, endpoint: str, parameters: Iterable[str]) -> frozenset[str]:
    """Give the names of parameters that do not change a response.

    Raises:
        ConfigurationError: If there is no such parameter.
    """
    names = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    known = tuple(parameters)
    for name in names:
        if name not in known:
            what = f"{name}, which {endpoint} does not take" if isinstance(name, str) else "others"
            there = ", ".join(known) or "none"
            raise ConfigurationError(
                f"ignore takes names of parameters, not {what}; it has {there}"
            )
    return frozenset(names)


def _not_injected(route: Any) -> frozenset[str]:
    """Give the names of what comes from the URL, or is for the application to look at."""
    dependant = getattr(route, "dependant", None)
    fields = (field for kind in _OF_THE_URL for field in getattr(dependant, kind, ()))
    names = (getattr(dependant, kind, None) for kind in _OF_THE_FRAMEWORK)
    return frozenset((*(field.name for field in fields), *(name for name in names if name)))
