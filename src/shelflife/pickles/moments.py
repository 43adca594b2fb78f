"""Builders of dates, times and zones."""

# ruff: noqa: D103 - a builder's name says what it builds

from __future__ import annotations

import datetime as dt
import zoneinfo

from shelflife.pickles.account import Account
from shelflife.pickles.arguments import Args, shaped, unfit

_LONGEST_NAME = 255
_UNPICKLE_ZONE = zoneinfo.ZoneInfo._unpickle  # type: ignore[attr-defined]  # noqa: SLF001


def _zoned(args: Args) -> bool:
    return len(args) == 1 or (
        len(args) == 2 and (args[1] is None or isinstance(args[1], dt.tzinfo))
    )


def build_datetime(account: Account, args: Args) -> dt.datetime:
    """From ten bytes and a zone. Python's own constructor checks the month only."""
    raw = account.raw(args[0]) if _zoned(args) else b""
    if len(raw) != 10:
        raise unfit("datetime.datetime")
    year, month, micros = raw[0] << 8 | raw[1], raw[2] & 0x7F, int.from_bytes(raw[7:], "big")
    zone = args[1] if len(args) == 2 else None
    return dt.datetime(year, month, *raw[3:7], micros, zone, fold=raw[2] >> 7)  # type: ignore[call-arg,misc]  # noqa: DTZ001


def build_date(account: Account, args: Args) -> dt.date:
    raw = account.raw(args[0]) if len(args) == 1 else b""
    if len(raw) != 4:
        raise unfit("datetime.date")
    return dt.date(raw[0] << 8 | raw[1], raw[2], raw[3])


def build_time(account: Account, args: Args) -> dt.time:
    raw = account.raw(args[0]) if _zoned(args) else b""
    if len(raw) != 6:
        raise unfit("datetime.time")
    micros = int.from_bytes(raw[3:], "big")
    zone = args[1] if len(args) == 2 else None
    return dt.time(raw[0] & 0x7F, raw[1], raw[2], micros, zone, fold=raw[0] >> 7)


def build_timedelta(_: Account, args: Args) -> dt.timedelta:
    if len(args) > 3 or not all(type(arg) is int for arg in args):
        raise unfit("datetime.timedelta")
    return dt.timedelta(*args)


def build_timezone(_: Account, args: Args) -> dt.timezone:
    if not shaped(args, (dt.timedelta,), (dt.timedelta, str)):
        raise unfit("datetime.timezone")
    return dt.timezone(*args)


def build_zone(_: Account, args: Args) -> zoneinfo.ZoneInfo:
    """From the key, and whether the zone came from the cache."""
    if not shaped(args, (str,), (str, (bool, int))) or len(args[0]) > _LONGEST_NAME:
        raise unfit("zoneinfo.ZoneInfo")
    built: zoneinfo.ZoneInfo = _UNPICKLE_ZONE(args[0], *(args[1:] or (True,)))
    return built
