"""Keys for decorated functions: the function's name and its arguments, type for type."""

from __future__ import annotations

import hashlib
import inspect
from typing import Any, Callable, Optional

from shelflife.codecs import Codecs
from shelflife.errors import ConfigurationError, NotPortable

KeyMaker = Callable[..., str]


def check_parentheses(first: Any) -> None:
    """Make sure that a decorator was called, not put on a function as it is.

    Raises:
        ConfigurationError: If its first argument is the function.
    """
    if callable(first) or isinstance(first, (staticmethod, classmethod)):
        raise ConfigurationError("write @cache.cached() with parentheses")


def key_maker(function: Callable[..., Any], codecs: Codecs, key: Optional[KeyMaker]) -> KeyMaker:
    """Give what makes the cache key of a call.

    `f(1)` and `f(a=1)` share a key; `f(1)` and `f(True)` do not. The key is
    `<module>.<qualified name>:<digest of the arguments>`.

    Args:
        function: The decorated function.
        codecs: Encode the arguments.
        key: The user's own maker; it is called with the call's arguments.
    """
    if key is not None:
        return key
    name = f"{function.__module__}.{function.__qualname__}"
    signature = inspect.signature(function)

    def make(*args: Any, **kwargs: Any) -> str:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        try:
            _, payload = codecs.encode([_ordered(value) for value in bound.arguments.items()])
        except NotPortable as error:
            raise NotPortable(
                error.path,
                error.type_name,
                f"the arguments of {name} make no cache key; give the decorator key=..., a "
                "function of the same arguments that returns text",
            ) from None
        return f"{name}:{hashlib.blake2b(payload, digest_size=16).hexdigest()}"

    return make


def _ordered(value: Any) -> Any:
    """Give sets and dicts an order, so that equal arguments make equal keys."""
    if isinstance(value, (set, frozenset)):
        return [type(value).__name__, sorted((_ordered(item) for item in value), key=repr)]
    if type(value) is dict:
        return ["dict", sorted(([_ordered(k), _ordered(v)] for k, v in value.items()), key=repr)]
    if type(value) in (list, tuple):
        return type(value)(map(_ordered, value))
    return value
