"""Names, calls and state: where a pickle refers to code.

Rules:
1. Only what a name of this pickle gave is called.
2. Only objects made in this load get state or items; never classes, modules, enum members.
3. Whatever a constructor raises, SystemExit too, is `load-error`; the likes of
   KeyboardInterrupt pass.
"""

from __future__ import annotations

import enum
import types
import uuid
from typing import Any, Callable, Optional

from shelflife.errors import Unreadable
from shelflife.pickles.names import canonical
from shelflife.pickles.refusals import failed, load_error, missing, rejected
from shelflife.pickles.safe import SAFE, Safe
from shelflife.pickles.state import Named, State

_UUID = SAFE["uuid.UUID"]
_NEVER_STATEFUL = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, enum.Enum)
_CHANGEABLE = (list, dict, set, bytearray)
_PLAIN_BASES = (dict, list, tuple, int, float, complex, str, bytes)
_INVALID = "is not called as any Python pickles it"


def find(state: State, module: str, qualname: str) -> Any:
    """Give the object of a name as the pickle spells it, if it is allowed."""
    found = state.names.get((module, qualname))
    if found is None:
        found = _named(state, *canonical(module, qualname, state.protocol))
        state.names[module, qualname] = found
        state.named.setdefault(id(found.target), found)
    return found.target


def call(state: State, function: Any, args: Any) -> Any:
    """Do what REDUCE asks for."""
    named = _callable(state, function)
    if type(args) is not tuple:
        raise load_error(f"{named.full} with arguments that are no tuple")
    if named.safe is None:
        return _call_user(state, named, args, {}, function)
    if named.safe.build is not None:
        return build(state, named.safe, named.full, args)
    return _STEPS[named.full](state, args)


def create(state: State, kind: Any, args: Any, kwargs: Any) -> Any:
    """Do what NEWOBJ and NEWOBJ_EX ask for."""
    named = _callable(state, kind)
    if not isinstance(kind, type) or type(args) is not tuple or type(kwargs) is not dict:
        raise load_error(f"{named.full} {_INVALID}")
    if named.safe is None:
        if not all(type(name) is str for name in kwargs):
            raise load_error(f"{named.full} {_INVALID}")
        return _call_user(state, named, (kind, *args), kwargs, kind.__new__)
    if named.safe is _UUID and not args and not kwargs:
        made = uuid.UUID.__new__(uuid.UUID)
        state.made[id(made)] = state.unfinished[id(made)] = made
        return made
    if kwargs or named.safe.build is None:
        raise load_error(f"{named.full} {_INVALID}")
    return build(state, named.safe, named.full, args)


def instantiate(state: State, kind: Any, args: tuple[Any, ...]) -> Any:
    """Do what INST and OBJ ask for: Python 2's old-style classes skip `__init__`."""
    if args or not isinstance(kind, type) or hasattr(kind, "__getinitargs__"):
        return call(state, kind, args)
    return create(state, kind, (), {})


def give_state(state: State, target: Any, content: Any) -> None:
    """Do what BUILD asks for."""
    if id(target) not in state.made or isinstance(target, _NEVER_STATEFUL):
        raise load_error(f"state for {type(target).__name__}, which takes none")
    if id(target) in state.unfinished:
        _finish_uuid(state, target, content)
        return
    name = f"{type(target).__module__}.{type(target).__qualname__}"
    if type(target) in _SAFE_TYPES:
        raise load_error(f"state for {name}, which takes none")
    try:
        _set_state(target, content, name)
    except Unreadable:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - rule 3
        raise failed(name, error) from None


def build(state: State, safe: Safe, name: str, args: tuple[Any, ...]) -> Any:
    """Build a value of a safe type."""
    assert safe.build is not None
    try:
        made = safe.build(state, args)
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - rule 3
        raise failed(name, error) from None
    if type(made) in _TAKE_ITEMS:
        state.made[id(made)] = made
        state.chained.append(made)
    return made


def _named(state: State, module: str, qualname: str) -> Named:
    full = f"{module}.{qualname}"
    exactly = state.allow.permits_exactly(module, qualname)
    if not exactly and not state.allow.permits_module(module):
        raise rejected(full)
    safe = SAFE.get(full)
    if safe is not None:
        return Named(safe.target, module, qualname, safe)
    try:
        target = state.resolve(module, qualname)
    except LookupError:
        raise missing(full) from None
    except Unreadable:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - rule 3
        raise failed(full, error) from None
    if not exactly and not _defined_below(state, target):
        raise rejected(full, "is allowed by its module's name, but not defined there")
    if type(target) in _CHANGEABLE:
        raise rejected(full, "is a container of this program, which a pickle could change")
    return Named(target, module, qualname, None)


def _defined_below(state: State, target: Any) -> bool:
    home = getattr(target, "__module__", None)
    if isinstance(target, types.ModuleType) or type(home) is not str:
        return False
    return state.allow.permits_module(home)


def _callable(state: State, function: Any) -> Named:
    named: Optional[Named] = state.named.get(id(function))
    if named is None:
        raise rejected(type(function).__name__, "is called without being named")
    return named


def _call_user(
    state: State, named: Named, args: tuple[Any, ...], kwargs: dict[str, Any], function: Any
) -> Any:
    target = named.target
    if isinstance(target, type):
        called = function is target
        _check_inherited(state, target, args if called else args[1:], called=called)
    try:
        made = function(*args, **kwargs)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - rule 3
        raise failed(named.full, error) from None
    if not isinstance(made, _NEVER_STATEFUL) and id(made) not in state.named:
        state.made[id(made)] = made
        state.take_memory(64)
    return made


def _check_inherited(state: State, kind: type, args: tuple[Any, ...], *, called: bool) -> None:
    """Refuse what the safe type would refuse from which a class inherits its construction."""
    for base in kind.__mro__[1:-1]:
        safe = _SAFE_TYPES.get(base)
        if safe is None or safe.build is None:
            continue
        if base.__init__ is object.__init__:  # type: ignore[misc]
            inherited = kind.__new__ is base.__new__
        else:
            inherited = called and kind.__init__ is base.__init__  # type: ignore[misc]
        if args and inherited:
            build(state, safe, f"{kind.__module__}.{kind.__qualname__}", args)
        return


def _get_attribute(state: State, args: tuple[Any, ...]) -> Any:
    """Members of enumerations, and what is nested in a class whose name was given."""
    if len(args) != 2 or type(args[1]) is not str:
        raise load_error(f"builtins.getattr {_INVALID}")
    owner = _callable(state, args[0])
    if isinstance(owner.target, enum.EnumMeta) and args[1] in owner.target.__members__:
        return owner.target.__members__[args[1]]
    if not isinstance(owner.target, type):
        raise load_error(f"builtins.getattr {_INVALID}")
    return find(state, owner.module, f"{owner.qualname}.{args[1]}")


def _reconstruct(state: State, args: tuple[Any, ...]) -> Any:
    """Protocols 0 and 1: a class, the built-in type it derives from, and a value of that."""
    if len(args) != 3 or not all(isinstance(kind, type) for kind in args[:2]):
        raise load_error(f"copyreg._reconstructor {_INVALID}")
    kind, base, value = args
    _callable(state, kind)
    if base is object and value is None:
        return create(state, kind, (), {})
    if base not in _PLAIN_BASES or type(value) is not base or not issubclass(kind, base):
        raise load_error(f"copyreg._reconstructor {_INVALID}")
    named = _callable(state, kind)
    if named.safe is not None:
        return build(state, named.safe, named.full, (value,))
    if base is dict:
        state.take_keys(value, {})
    made = _call_user(state, named, (kind, value), {}, base.__new__)
    if base.__init__ is not object.__init__:
        base.__init__(made, value)
    return made


def _new(state: State, args: tuple[Any, ...]) -> Any:
    if not args:
        raise load_error(f"copyreg.__newobj__ {_INVALID}")
    return create(state, args[0], args[1:], {})


def _new_ex(state: State, args: tuple[Any, ...]) -> Any:
    if len(args) != 3:
        raise load_error(f"copyreg.__newobj_ex__ {_INVALID}")
    return create(state, *args)


def _finish_uuid(state: State, target: uuid.UUID, content: Any) -> None:
    fields = dict(content) if type(content) is dict else {}
    number, safety = fields.pop("int", None), fields.pop("is_safe", None)
    if fields or type(number) is not int or not 0 <= number < 1 << 128:
        raise load_error("state that no uuid.UUID has")
    if isinstance(safety, uuid.SafeUUID):
        safety = safety.value
    if safety not in (None, 0, -1):
        raise load_error("state that no uuid.UUID has")
    object.__setattr__(target, "int", number)
    object.__setattr__(target, "is_safe", uuid.SafeUUID(safety))
    del state.unfinished[id(target)]


def _set_state(target: Any, content: Any, name: str) -> None:
    setter = getattr(target, "__setstate__", None)
    if setter is not None:
        setter(content)
        return
    slots = None
    if type(content) is tuple and len(content) == 2:
        content, slots = content
    for part in (content, slots):
        if part is not None and (
            type(part) is not dict or not all(type(key) is str for key in part)
        ):
            raise load_error(f"state that no {name} has")
    if content:
        target.__dict__.update(content)
    for key, value in (slots or {}).items():
        setattr(target, key, value)


_STEPS: dict[str, Callable[[State, tuple[Any, ...]], Any]] = {
    "builtins.getattr": _get_attribute,
    "copyreg._reconstructor": _reconstruct,
    "copyreg.__newobj__": _new,
    "copyreg.__newobj_ex__": _new_ex,
}
_SAFE_TYPES = {safe.target: safe for safe in SAFE.values() if isinstance(safe.target, type)}
_TAKE_ITEMS = frozenset(
    SAFE[name].target
    for name in (
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.Counter",
        "collections.deque",
    )
)
