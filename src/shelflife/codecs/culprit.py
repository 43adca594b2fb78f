"""Finding the part of a value that cannot be written, for messages that name it.

Only the parts that Python's own containers and plain attributes show are looked into; nothing
here iterates, compares or prints an object of a user's class.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any, Callable

_DEEPEST = 100
_MOST_PARTS = 100_000
_LONGEST_KEY = 60
_BY_NAME = (type, ModuleType, FunctionType)
_SCALARS = (str, bytes, int, float, bool, type(None))


def find_culprit(value: Any, is_bad: Callable[[Any], bool]) -> tuple[str, Any]:
    """Descend into a bad value as long as one of its parts alone is bad.

    Args:
        value: The value, known to be bad as a whole.
        is_bad: Whether a part is bad, taken alone. Must not raise.

    Returns:
        The culprit's path as an expression (`value['a'][0].attr`), and the culprit. Cycles end
        the descent, and so do 100 levels or 100,000 parts looked at.
    """
    path, left = "value", _MOST_PARTS
    above = {id(value)}
    for _ in range(_DEEPEST):
        for step, part in _parts(value, path):
            left -= 1
            if left < 0:
                return path, value
            if id(part) not in above and is_bad(part):
                path, value = step, part
                above.add(id(part))
                break
        else:
            break
    return path, value


def _parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Give the path and value of each part, without calling code of the value's own class."""
    if isinstance(value, dict):
        for at, (key, part) in enumerate(dict.items(value)):
            yield _at_key(path, key, at), part
        for at, key in enumerate(dict.keys(value)):
            yield f"list({path})[{at}]", key
    elif isinstance(value, (list, tuple, deque)):
        members = _base(value).__iter__(value)
        yield from ((f"{path}[{at}]", part) for at, part in enumerate(members))
    elif isinstance(value, (set, frozenset)):
        members = _base(value).__iter__(value)
        yield from ((f"list({path})[{at}]", part) for at, part in enumerate(members))
    if _is_its_attributes(value):
        yield from _attributes(value, path)


def _is_its_attributes(value: Any) -> bool:
    """Whether a value is written as its attributes, and not by its name or a method of its own."""
    if isinstance(value, _BY_NAME):
        return False
    kind: Any = type(value)
    return all(
        getattr(kind, method, None) is getattr(object, method, None)
        for method in ("__reduce_ex__", "__reduce__", "__getstate__")
    )


def _base(value: Any) -> Any:
    return next(kind for kind in (list, tuple, deque, set, frozenset) if isinstance(value, kind))


def _at_key(path: str, key: Any, at: int) -> str:
    if type(key) in _SCALARS:
        shown = repr(key)
        if len(shown) <= _LONGEST_KEY:
            return f"{path}[{shown}]"
    return f"list({path}.values())[{at}]"


def _attributes(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        attributes = None
    if isinstance(attributes, dict):
        for name, part in list(dict.items(attributes)):
            yield f"{path}.{name}", part
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            slot: Any = kind.__dict__.get(name)
            if type(slot).__name__ == "member_descriptor":
                try:
                    part = slot.__get__(value, kind)
                except AttributeError:
                    continue
                yield f"{path}.{name}", part
