"""Builders of the safe types: each checks the shape and size of its arguments, then builds."""

# ruff: noqa: D103 - a builder's name says what it builds

from __future__ import annotations

import collections
import decimal
import fractions
import re
import time
import uuid
from typing import Any, Callable

from shelflife.pickles.account import Account
from shelflife.pickles.arguments import Args, shaped, unfit
from shelflife.pickles.refusals import load_error

_COLLECTIONS = (list, tuple, set, frozenset)
_FACTORIES = frozenset(
    {bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset}
    | {collections.OrderedDict, collections.Counter, collections.deque, collections.defaultdict}
)
_FRACTION = re.compile(r"-?[0-9]+(/[0-9]+)?", re.ASCII)


def build_bool(_: Account, args: Args) -> bool:
    if not shaped(args, (), ((bool, int),)):
        raise unfit("bool")
    return bool(*args)


def build_int(account: Account, args: Args) -> int:
    if not shaped(args, (), ((bool, int, str),)):
        raise unfit("int")
    if args and type(args[0]) is str:
        account.check_number(len(args[0]))
    return int(*args)


def build_float(account: Account, args: Args) -> float:
    if not shaped(args, (), ((float, int, str),)):
        raise unfit("float")
    if args and type(args[0]) is str:
        account.check_number(len(args[0]))
    return float(*args)


def build_complex(_: Account, args: Args) -> complex:
    if not shaped(args, (), ((float, int, complex),), ((float, int), (float, int))):
        raise unfit("complex")
    return complex(*args)


def build_str(_: Account, args: Args) -> str:
    if not shaped(args, (), (str,)):
        raise unfit("str")
    return str(*args)


def build_bytes(_: Account, args: Args) -> bytes:
    if not shaped(args, (), (bytes,)):
        raise unfit("bytes")
    return bytes(*args)


def build_bytearray(account: Account, args: Args) -> bytearray:
    if shaped(args, (str, str)) and args[1] in ("latin-1", "latin1"):
        args = (args[0].encode("latin-1"),)
    if not shaped(args, (), (bytes,)):
        raise unfit("bytearray")
    account.take_memory(64 + sum(map(len, args)))
    return bytearray(*args)


def encode(account: Account, args: Args) -> bytes:
    """Python 3's bytes in protocols that have none: text, and "latin1"."""
    if not shaped(args, (str, str)) or args[1] not in ("latin1", "latin-1"):
        raise unfit("_codecs.encode")
    account.take_memory(64 + len(args[0]))
    return bytes(args[0].encode("latin-1"))


def build_list(account: Account, args: Args) -> list[Any]:
    if not shaped(args, (), (_COLLECTIONS,)):
        raise unfit("list")
    account.take_memory(64 + 8 * sum(map(len, args)))
    return list(*args)


def build_tuple(account: Account, args: Args) -> tuple[Any, ...]:
    return tuple(build_list(account, args))


def build_set(account: Account, args: Args) -> set[Any]:
    if not shaped(args, (), (_COLLECTIONS,)):
        raise unfit("set")
    account.take_memory(216 + 68 * sum(map(len, args)))
    for items in args:
        account.take_keys(items, set())
    built: set[Any] = set(*args)
    if account.texts and args and len(built) != len(args[0]):
        raise load_error("two Python 2 strings of a set are the same text")
    return built


def build_frozenset(account: Account, args: Args) -> frozenset[Any]:
    return frozenset(build_set(account, args))


def build_dict(account: Account, args: Args) -> dict[Any, Any]:
    if not shaped(args, (), ((dict, list),)):
        raise unfit("dict")
    items = args[0] if args else ()
    if type(items) is not dict and not all(shaped((item,), ((list, tuple),)) for item in items):
        raise unfit("dict")
    if not all(len(item) == 2 for item in items if type(items) is list):
        raise unfit("dict")
    account.take_memory(64 + 105 * len(items))
    keys = items if type(items) is dict else [item[0] for item in items]
    account.take_keys(keys, {})
    built: dict[Any, Any] = dict(items)
    if account.texts and len(built) != len(items):
        raise load_error("two Python 2 keys of a dict are the same text")
    return built


def build_ordered(account: Account, args: Args) -> collections.OrderedDict[Any, Any]:
    plain = build_dict(account, args)
    account.take_memory(400 + 60 * len(plain))
    return collections.OrderedDict(plain)


def build_defaultdict(account: Account, args: Args) -> collections.defaultdict[Any, Any]:
    factory = args[0] if args else None
    if factory is not None and not _is_factory(account, factory):
        raise load_error("collections.defaultdict with a factory that is no allowed type")
    return collections.defaultdict(factory, build_dict(account, args[1:]))


def _is_factory(account: Account, factory: Any) -> bool:
    named = account.named.get(id(factory))
    if named is None:
        return False
    return named.safe is None or (isinstance(factory, type) and factory in _FACTORIES)


def build_counter(account: Account, args: Args) -> collections.Counter[Any]:
    if not shaped(args, (), (dict,)):
        raise unfit("collections.Counter")
    return collections.Counter(build_dict(account, args))


def build_deque(account: Account, args: Args) -> collections.deque[Any]:
    if not shaped(args, (), ((list, tuple),), ((list, tuple), (int, type(None)))):
        raise unfit("collections.deque")
    account.take_memory(800 + 16 * (len(args[0]) if args else 0))
    return collections.deque(*args)


def build_range(_: Account, args: Args) -> range:
    if not 1 <= len(args) <= 3 or not all(type(arg) is int for arg in args):
        raise unfit("range")
    return range(*args)


def build_object(_: Account, args: Args) -> object:
    if args:
        raise unfit("object")
    return object()


def build_decimal(account: Account, args: Args) -> decimal.Decimal:
    if not shaped(args, (str,)):
        raise unfit("decimal.Decimal")
    account.check_number(len(args[0]))
    return decimal.Decimal(args[0])


def build_fraction(account: Account, args: Args) -> fractions.Fraction:
    if shaped(args, (int, int)):
        return fractions.Fraction(*args)
    if not shaped(args, (str,)) or not _FRACTION.fullmatch(args[0]):
        raise unfit("fractions.Fraction")
    for number in args[0].split("/"):
        account.check_number(len(number.lstrip("-")))
    return fractions.Fraction(args[0])


def build_uuid(_: Account, args: Args) -> uuid.UUID:
    if not shaped(args, (str,)) or len(args[0]) > 64:
        raise unfit("uuid.UUID")
    return uuid.UUID(args[0])


def build_safe_uuid(_: Account, args: Args) -> uuid.SafeUUID:
    if not shaped(args, ((int, type(None)),)):
        raise unfit("uuid.SafeUUID")
    return uuid.SafeUUID(args[0])


def build_struct_time(_: Account, args: Args) -> time.struct_time:
    if not shaped(args, ((tuple, list),), ((tuple, list), dict)) or len(args[0]) > 11:
        raise unfit("time.struct_time")
    fields = (*args[0], *(args[1].values() if len(args) == 2 else ()))
    if not all(type(field) in (int, str, float, type(None)) for field in fields):
        raise unfit("time.struct_time")
    return time.struct_time(*args)


def path(kind: Any) -> Callable[[Account, Args], Any]:
    """Make the builder of a kind of path."""

    def build(account: Account, args: Args) -> Any:
        if not all(type(arg) is str for arg in args):
            raise unfit(f"pathlib.{kind.__name__}")
        account.take_memory(sum(2 * len(arg) + 64 for arg in args))
        return kind(*args)

    return build


def address(kind: Any) -> Callable[[Account, Args], Any]:
    """Make the builder of a kind of IP address, interface or network."""

    def build(_: Account, args: Args) -> Any:
        if not shaped(args, ((str, int),)) or (type(args[0]) is str and len(args[0]) > 300):
            raise unfit(f"ipaddress.{kind.__name__}")
        return kind(*args)

    return build
