"""Dates, times and zones.

A *zone* is the tail of a datetime or time, and nothing for a naive one before the fold:

    kind  u8: 0 naive, 1 timezone.utc, 2 fixed offset, 3 fixed offset with a name, 4 ZoneInfo;
          plus 128 for fold=1
    rest  kinds 2 and 3: i64 microseconds east of UTC; 3: the name, UTF-8 "surrogatepass";
          4: the zone's key, ASCII
"""

from __future__ import annotations

import re
import struct
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any, Final, Optional, Union
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ormsgpack import Ext

from shelflife.codecs import extensions
from shelflife.codecs.blame import Culprit, attribute
from shelflife.errors import Unreadable
from shelflife.lookup import Reason

_NAIVE, _UTC, _OFFSET, _NAMED_OFFSET, _ZONEINFO = range(5)
_FOLD = 128
_DATETIME = struct.Struct(">HBBBBBI")
_DATETIME_SIZE: Final = 11  # final names cost the compiled module no look-up
_datetime: Final = datetime
_DATE = struct.Struct(">HBB")
_TIME = struct.Struct(">BBBI")
_TIMEDELTA = struct.Struct(">iII")
_MICROSECONDS = struct.Struct(">q")
_MICROSECOND = timedelta(microseconds=1)
# A key becomes part of a file's path, so it may hold no dots, and nothing absolute.
_KEY = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9][A-Za-z0-9_+-]*(?:/[A-Za-z0-9][A-Za-z0-9_+-]*)*")
_CACHED = 80  # longer tails, which only names can be, would fill the memory
_ZONE_REMEDY = "use a zoneinfo.ZoneInfo with a key, or a datetime.timezone"


def encode_datetime(value: datetime, pack: Any = _DATETIME.pack) -> Ext:
    """Encode a datetime with its zone and fold."""
    data = pack(
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
    )
    if value.tzinfo is not None or value.fold:
        data += _tail(value)
    return Ext(extensions.DATETIME, data)


def decode_datetime(data: bytes) -> datetime:
    """Decode a datetime; every field is checked."""
    year = data[0] << 8 | data[1]
    micro = data[7] << 24 | data[8] << 16 | data[9] << 8 | data[10]
    if len(data) == _DATETIME_SIZE:
        return _datetime(year, data[2], data[3], data[4], data[5], data[6], micro)
    fold, zone = _decode_tail(data[_DATETIME_SIZE:])
    return _datetime(year, data[2], data[3], data[4], data[5], data[6], micro, zone, fold=fold)


def encode_date(value: date) -> Ext:
    """Encode a date."""
    return Ext(extensions.DATE, _DATE.pack(value.year, value.month, value.day))


def decode_date(data: bytes) -> date:
    """Decode a date."""
    return date(*_DATE.unpack(data))


def encode_time(value: time) -> Ext:
    """Encode a time with its zone and fold."""
    data = _TIME.pack(value.hour, value.minute, value.second, value.microsecond)
    if value.tzinfo is not None or value.fold:
        data += _tail(value)
    return Ext(extensions.TIME, data)


def decode_time(data: bytes) -> time:
    """Decode a time."""
    if len(data) == _TIME.size:
        return time(*_TIME.unpack(data))
    fold, zone = _decode_tail(data[_TIME.size :])
    hour, minute, second, micro = _TIME.unpack_from(data)
    return time(hour, minute, second, micro, zone, fold=fold)


def encode_timedelta(value: timedelta) -> Ext:
    """Encode a timedelta."""
    data = _TIMEDELTA.pack(value.days, value.seconds, value.microseconds)
    return Ext(extensions.TIMEDELTA, data)


def decode_timedelta(data: bytes) -> timedelta:
    """Decode a timedelta."""
    return timedelta(*_TIMEDELTA.unpack(data))


def encode_timezone(value: timezone) -> Ext:
    """Encode a fixed offset that stands for itself."""
    return Ext(extensions.TIMEZONE, _encode_offset(value))


def encode_zoneinfo(value: ZoneInfo) -> Ext:
    """Encode a zone that stands for itself."""
    return Ext(extensions.ZONEINFO, _encode_zoneinfo(value))


def decode_zone(data: bytes) -> tzinfo:
    """Decode a zone that stands for itself."""
    fold, zone = _decode_tail(data)
    if zone is None or fold:
        raise ValueError("a zone without a zone")
    return zone


def _tail(value: Union[datetime, time]) -> bytes:
    zone = value.tzinfo
    if zone is None:
        data = bytes([_NAIVE])
    elif type(zone) is timezone:
        data = _encode_offset(zone)
    elif type(zone) is ZoneInfo:
        try:
            data = _encode_zoneinfo(zone)
        except Culprit as culprit:
            culprit.steps.append(attribute("tzinfo"))
            raise
    else:
        raise Culprit(zone, _ZONE_REMEDY, attribute("tzinfo"))
    if value.fold:
        return bytes([data[0] | _FOLD]) + data[1:]
    return data


def _decode_tail(data: bytes) -> tuple[int, Optional[tzinfo]]:
    return _decode_cached(data) if len(data) <= _CACHED else _decode_tail_bytes(data)


def _decode_tail_bytes(data: bytes) -> tuple[int, Optional[tzinfo]]:
    kind, rest = data[0] & ~_FOLD, data[1:]
    fold = data[0] >> 7
    if kind == _ZONEINFO:
        return fold, _load_zone(str(rest, "ascii"))
    if kind == _UTC and not rest:
        return fold, timezone.utc
    if kind == _NAIVE and not rest:
        return fold, None
    if kind == _OFFSET:
        return fold, timezone(_MICROSECOND * _MICROSECONDS.unpack(rest)[0])
    if kind == _NAMED_OFFSET:
        name = rest[_MICROSECONDS.size :].decode("utf-8", "surrogatepass")
        return fold, timezone(_MICROSECOND * _MICROSECONDS.unpack_from(rest)[0], name)
    raise ValueError("this kind of zone is not known")


_decode_cached = lru_cache(maxsize=1024)(_decode_tail_bytes)


def _encode_offset(zone: timezone) -> bytes:
    if zone is timezone.utc:
        return bytes([_UTC])
    arguments: Any = zone.__reduce__()[1]  # the only place that tells whether it has a name
    offset, *name = arguments
    data = _MICROSECONDS.pack(offset // _MICROSECOND)
    if name:
        return bytes([_NAMED_OFFSET]) + data + str(name[0]).encode("utf-8", "surrogatepass")
    return bytes([_OFFSET]) + data


def _encode_zoneinfo(zone: ZoneInfo) -> bytes:
    key = zone.key
    if not (isinstance(key, str) and _KEY.fullmatch(key)):
        raise Culprit(zone, _ZONE_REMEDY)
    return bytes([_ZONEINFO]) + key.encode("ascii")


def _load_zone(key: str) -> ZoneInfo:
    if not _KEY.fullmatch(key):
        raise ValueError("this is no key of a zone")
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        detail = "the entry names a time zone that this machine does not know"
        raise Unreadable(Reason.MISSING_NAME, detail) from None


ENCODERS: dict[type, Any] = {
    datetime: encode_datetime,
    date: encode_date,
    time: encode_time,
    timedelta: encode_timedelta,
    timezone: encode_timezone,
    ZoneInfo: encode_zoneinfo,
}
DECODERS: dict[int, Any] = {
    extensions.DATETIME: decode_datetime,
    extensions.DATE: decode_date,
    extensions.TIME: decode_time,
    extensions.TIMEDELTA: decode_timedelta,
    extensions.TIMEZONE: decode_zone,
    extensions.ZONEINFO: decode_zone,
}
