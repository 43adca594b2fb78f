"""Unpacking: one native pass, then building the containers that their markers announce.

Whatever the bytes, the outcome is a value or `Unreadable`. What bounds it: ormsgpack nests at most
1022 levels and checks lengths against what is there; scalars decode in linear time; every marker
must be the head of its own array; `hashing.py` bounds the filling of sets and dicts.

Bytes behind the value are not looked at, as ormsgpack does not tell where it stopped. They cannot
be damage: the envelope's checksum covers length and payload, so that a writer would have to have
put them there, and they change nothing about the value.

Compiled, with the scalars, where there is a C compiler when the package is built.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Final, NoReturn, Union

from ormsgpack import unpackb

from shelflife.codecs import addresses, extensions, moments, scalars
from shelflife.codecs.containers import BUILDERS
from shelflife.codecs.lengths import ORMSGPACK_CHECKS, check_lengths
from shelflife.errors import Unreadable
from shelflife.hashing import HashBudget
from shelflife.lookup import Reason

Restore = Callable[[list[Any]], Any]

_NESTS: Final = frozenset([list, dict])
_SMALL: Final = 1024  # most have no extensions: failing costs less than preparing for them
_SHORT: Final = 16  # looking through a longer list at the speed of C first pays
_NOT_SOUND = (ArithmeticError, TypeError, ValueError, LookupError, AttributeError)


class _Mark:
    """The head of an array that is to become another container."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class _Known(dict[int, Any]):
    """What this release knows by number; the rest is of a later one."""

    def __missing__(self, number: int) -> Any:
        if number in _MARKS:
            raise ValueError("a marker with bytes")
        detail = f"extension type {number} is not known to this release"
        raise Unreadable(Reason.NEWER_FORMAT, detail)


_DECODERS: Final[dict[int, Any]] = _Known(
    {**scalars.DECODERS, **moments.DECODERS, **addresses.DECODERS}
)
_MARKS: Final[dict[int, _Mark]] = _Known(
    {number: _Mark(number) for number in extensions.CONTAINERS.values()}
)
_FIRST_MARK: Final = min(_MARKS)


def restore(restore_registered: Restore, payload: Union[bytes, memoryview]) -> Any:
    """Decode a portable payload.

    Args:
        restore_registered: Makes an instance of a registered class from its array.
        payload: Whatever bytes.

    Raises:
        Unreadable: With reason `corrupt`, `newer-format`, `over-budget`, `missing-name`, `schema`
            or `load-error`.
    """
    if len(payload) < _SMALL and ORMSGPACK_CHECKS:
        try:
            return unpackb(payload)
        except ValueError:
            pass
    return _restore(payload, restore_registered)


def _restore(payload: Union[bytes, memoryview], restore_registered: Restore) -> Any:
    trail: list[Any] = []
    try:
        if not ORMSGPACK_CHECKS:
            payload = bytes(payload)
            check_lengths(payload)
        value = unpackb(payload, ext_hook=partial(_decode_extension, trail))
        if not trail:
            return value
        return _Builder(restore_registered).build_all(value, len(trail))
    except Unreadable:  # from building
        raise
    except Exception as error:  # noqa: BLE001 - total: whatever it is, it is a miss
        _explain(error, trail)


def _decode_extension(trail: list[Any], number: int, data: bytes) -> Any:
    try:
        if number < _FIRST_MARK or data:
            return _decode_scalar(number, data)
        mark = _MARKS[number]
    except BaseException as error:  # ormsgpack swallows it, even a KeyboardInterrupt
        trail.append(error)
        raise
    trail.append(mark)
    return mark


def _decode_scalar(number: int, data: bytes) -> Any:
    """Decode a scalar: the three commonest by calls, cheap when compiled, others by look-up."""
    if number == extensions.DATETIME:
        return moments.decode_datetime(data)
    if number == extensions.DECIMAL:
        return scalars.decode_decimal(data)
    if number == extensions.UUID:
        return addresses.decode_uuid(data)
    return _DECODERS[number](data)


def _explain(error: Exception, trail: list[Any]) -> NoReturn:
    raised = trail[-1] if trail and isinstance(trail[-1], BaseException) else error
    if isinstance(raised, Unreadable) or not isinstance(raised, Exception):
        raise raised from None
    if isinstance(raised, (RecursionError, MemoryError)):
        raise Unreadable(Reason.OVER_BUDGET, "the value is too deep or too large") from None
    if isinstance(raised, _NOT_SOUND):
        detail = "the payload is not what the portable codec writes"
        raise Unreadable(Reason.CORRUPT, detail) from None
    detail = f"{type(raised).__name__} while the value was built"
    raise Unreadable(Reason.LOAD_ERROR, detail) from None


class _Builder:
    """Replaces marked arrays by what they announce, innermost first and in place."""

    def __init__(self, restore_registered: Restore) -> None:
        self._restore_registered = restore_registered
        self._hashing = HashBudget()
        self._built = 0

    def build_all(self, value: Any, marks: int) -> Any:
        if isinstance(value, list):
            value = self._build_list(value)
        elif isinstance(value, dict):
            self._build_values(value)
        if self._built != marks:
            raise ValueError("a marker that heads no array")
        return value

    def _build_values(self, node: dict[Any, Any]) -> None:
        for key, item in node.items():
            if isinstance(item, list):
                node[key] = self._build_list(item)
            elif isinstance(item, dict):
                self._build_values(item)

    def _build_list(self, node: list[Any]) -> Any:
        if not node:
            return node
        if len(node) < _SHORT or not _NESTS.isdisjoint(map(type, node)):
            for index, item in enumerate(node):
                if isinstance(item, list):
                    node[index] = self._build_list(item)
                elif isinstance(item, dict):
                    self._build_values(item)
        mark = node[0]
        return self._announced(mark.number, node) if isinstance(mark, _Mark) else node

    def _announced(self, number: int, node: list[Any]) -> Any:
        self._built += 1
        if number == extensions.TUPLE:  # most are
            return tuple(node[1:])
        if number == extensions.REGISTERED:
            return self._restore_registered(node)
        return BUILDERS[number](node[1:], self._hashing)
