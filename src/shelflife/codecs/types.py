"""The registry of a user's own classes, by names that the user chooses.

Only these names are written. A name found in an entry is looked up here and never imported, so
that modules and classes may be renamed freely, and nobody who can write to the cache chooses
what runs.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Optional, TypeVar, overload

from shelflife.codecs import addresses, containers, extensions, moments, scalars
from shelflife.codecs.blame import Culprit, name_of
from shelflife.codecs.packing import pack
from shelflife.codecs.shapes import FINGERPRINT_SIZE, Shape, find_shape
from shelflife.errors import ConfigurationError, Unreadable
from shelflife.lookup import Reason

T = TypeVar("T")
Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]
_MARK = containers.MARKS[extensions.REGISTERED]
_NATIVE = frozenset([type(None), bool, int, float, str, bytes, list, dict])
_MAX_NAME = 200


class Registered:
    """Expands the instances of one registered class."""

    __slots__ = ("is_record", "name", "shape")

    def __init__(self, name: str, shape: Shape) -> None:
        self.name = name
        self.shape = shape
        self.is_record = shape.is_record

    def __call__(self, value: Any) -> list[Any]:
        """Give the array for an instance."""
        try:
            content = self.shape.take(value)
        except Culprit:
            raise
        except Exception as error:
            remedy = f"{type(error).__name__} while it was encoded; correct its class or encode="
            raise Culprit(value, remedy) from error
        return [_MARK, self.name, self.shape.fingerprint, content]


class Types:
    """Which of a user's classes are portable, and under which names.

    Dataclasses, attrs classes, pydantic models, msgspec structs, named tuples and enums need no
    more than a name; any other class needs a pair of functions. Subclasses are not included.
    """

    def __init__(self) -> None:
        self._by_name: dict[str, Shape] = {}
        self.encoders: dict[type, Any] = {
            **scalars.ENCODERS,
            **moments.ENCODERS,
            **addresses.ENCODERS,
        }
        self.encoders.update(containers.encoders(partial(pack, self.encoders)))

    @property
    def names(self) -> tuple[str, ...]:
        """The registered names, sorted."""
        return tuple(sorted(self._by_name))

    def has(self, cls: type) -> bool:
        """Whether a class is registered."""
        return isinstance(self.encoders.get(cls), Registered)

    def write_as(self, cls: type, subclass: type) -> None:
        """Write instances of a class as those of the registered one above; so they are read, too.

        For classes of whose instances what the registered one keeps is all that matters.

        Raises:
            ConfigurationError: If it is none of its subclasses, or that one is not registered.
        """
        if not self.has(cls) or not issubclass(subclass, cls):
            raise ConfigurationError(
                f"{name_of(subclass)} is no subclass of a registered class {name_of(cls)}"
            )
        self.encoders[subclass] = self.encoders[cls]

    @overload
    def register(self, name: str, cls: None = None) -> Callable[[type[T]], type[T]]: ...

    @overload
    def register(
        self, name: str, cls: None = None, *, encode: Encode, decode: Decode
    ) -> Callable[[type[T]], type[T]]: ...

    @overload
    def register(
        self,
        name: str,
        cls: type[T],
        *,
        encode: Optional[Encode] = None,
        decode: Optional[Decode] = None,
    ) -> type[T]: ...

    def register(
        self,
        name: str,
        cls: Optional[type[T]] = None,
        *,
        encode: Optional[Encode] = None,
        decode: Optional[Decode] = None,
    ) -> Any:
        """Make a class portable; without `cls`, give a decorator that does.

        Args:
            name: What is written; never rename it while entries live, the class may be renamed.
            cls: The class. Its subclasses need names of their own.
            encode: Gives something portable for an instance; only together with `decode`.
            decode: Gives an instance of what `encode` gave.

        Raises:
            ConfigurationError: If the name or the class is taken, or the class is unsupported.
        """
        self._check_name(name)
        if cls is None:
            return partial(self._add, name, encode=encode, decode=decode)
        return self._add(name, cls, encode=encode, decode=decode)

    def restore(self, array: list[Any]) -> Any:
        """Make an instance of a decoded array: mark, name, fingerprint, content.

        Raises:
            Unreadable: With reason `missing-name`, `schema`, `load-error` or `corrupt`.
        """
        try:
            _, name, written, content = array
            shape = self._by_name[str.__str__(name)]
        except KeyError:
            detail = f"type name {ascii(name)[:_MAX_NAME]} is not registered"
            raise Unreadable(Reason.MISSING_NAME, detail) from None
        except (TypeError, ValueError):
            raise _damaged() from None
        if type(written) is not bytes or len(written) != FINGERPRINT_SIZE:
            raise _damaged()
        try:
            return shape.give(content, written == shape.fingerprint)
        except Unreadable:
            raise
        except Exception as error:  # noqa: BLE001 - the class's own code may raise anything
            detail = f"{type(error).__name__} while a {name!a} was restored"
            raise Unreadable(Reason.LOAD_ERROR, detail) from None

    def _check_name(self, name: str) -> None:
        if type(name) is not str or not name.isprintable() or not 0 < len(name) <= _MAX_NAME:
            raise ConfigurationError(
                f"a type's name is printable text of 1 to {_MAX_NAME} characters, not {name!r}"
            )
        if name in self._by_name:
            raise ConfigurationError(f"the name {name!r} is registered already; choose another")

    def _add(
        self, name: str, cls: type[T], *, encode: Optional[Encode], decode: Optional[Decode]
    ) -> type[T]:
        self._check_name(name)  # a decorator may come late
        if not isinstance(cls, type):
            raise ConfigurationError(f"{cls!r} is not a class; register the class itself")
        if isinstance(self.encoders.get(cls), Registered):
            taken = self.encoders[cls].name
            raise ConfigurationError(f"{name_of(cls)} is registered already, as {taken!r}")
        if cls in _NATIVE or cls in self.encoders:
            raise ConfigurationError(f"{name_of(cls)} is portable without being registered")
        shape = find_shape(cls, encode, decode)
        self._by_name[name] = shape
        self.encoders[cls] = Registered(name, shape)
        return cls


def _damaged() -> Unreadable:
    return Unreadable(Reason.CORRUPT, "a registered value is not written as it should be")
