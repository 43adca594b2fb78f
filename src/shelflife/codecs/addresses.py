"""UUIDs, paths and IP addresses."""

from __future__ import annotations

import uuid
from functools import partial
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import PosixPath, PurePath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any, Callable

from ormsgpack import Ext

from shelflife.codecs import extensions

_UNKNOWN = uuid.SafeUUID.unknown
_SAFETY = {uuid.SafeUUID.safe: b"\0", uuid.SafeUUID.unsafe: b"\1"}
_SAFETY_OF = {data: safety for safety, data in _SAFETY.items()}
_new = uuid.UUID.__new__
_SLOTS: Any = vars(uuid.UUID)
_set_int, _set_safety = _SLOTS["int"].__set__, _SLOTS["is_safe"].__set__
_int_of = int.from_bytes


def encode_uuid(value: uuid.UUID) -> Ext:
    """Encode a UUID and, if it is known, whether it was made safely."""
    data = value.int.to_bytes(16, "big")
    if value.is_safe is not _UNKNOWN:
        data += _SAFETY[value.is_safe]
    return Ext(extensions.UUID, data)


def decode_uuid(data: bytes) -> uuid.UUID:
    """Decode a UUID, past its constructor: that takes twice as long."""
    safety = _UNKNOWN
    if len(data) != 16:
        data, safety = data[:16], _SAFETY_OF[data[16:]]
    value = _new(uuid.UUID)
    _set_int(value, _int_of(data, "big"))
    _set_safety(value, safety)
    return value


def encode_path(number: int, value: PurePath) -> Ext:
    """Encode a path of either platform."""
    return Ext(number, str(value).encode("utf-8", "surrogatepass"))


def decode_path(cls: Callable[[str], PurePath], data: bytes) -> PurePath:
    """Decode a path."""
    return cls(data.decode("utf-8", "surrogatepass"))


def encode_ipv4(value: IPv4Address) -> Ext:
    """Encode an IPv4 address."""
    return Ext(extensions.IPV4_ADDRESS, value.packed)


def decode_ipv4(data: bytes) -> IPv4Address:
    """Decode an IPv4 address."""
    return IPv4Address(data)


def encode_ipv6(value: IPv6Address) -> Ext:
    """Encode an IPv6 address, with its scope if it has one."""
    return Ext(extensions.IPV6_ADDRESS, value.packed + (value.scope_id or "").encode())


def decode_ipv6(data: bytes) -> IPv6Address:
    """Decode an IPv6 address."""
    if len(data) == 16:
        return IPv6Address(data)
    return IPv6Address(f"{IPv6Address(data[:16])}%{data[16:].decode()}")


def encode_network(number: int, value: Any) -> Ext:
    """Encode a network or an interface as it is written."""
    return Ext(number, str(value).encode())


def decode_network(cls: Callable[[str], Any], data: bytes) -> Any:
    """Decode a network or an interface."""
    return cls(str(data, "utf-8"))


_PATHS = {
    PurePosixPath: extensions.PURE_POSIX_PATH,
    PureWindowsPath: extensions.PURE_WINDOWS_PATH,
    PosixPath: extensions.POSIX_PATH,
    WindowsPath: extensions.WINDOWS_PATH,
}
_NETWORKS: dict[Any, int] = {
    IPv4Network: extensions.IPV4_NETWORK,
    IPv4Interface: extensions.IPV4_INTERFACE,
    IPv6Network: extensions.IPV6_NETWORK,
    IPv6Interface: extensions.IPV6_INTERFACE,
}
ENCODERS: dict[type, Any] = {
    uuid.UUID: encode_uuid,
    IPv4Address: encode_ipv4,
    IPv6Address: encode_ipv6,
    **{cls: partial(encode_path, number) for cls, number in _PATHS.items()},
    **{cls: partial(encode_network, number) for cls, number in _NETWORKS.items()},
}
DECODERS: dict[int, Any] = {
    extensions.UUID: decode_uuid,
    extensions.IPV4_ADDRESS: decode_ipv4,
    extensions.IPV6_ADDRESS: decode_ipv6,
    **{number: partial(decode_path, cls) for cls, number in _PATHS.items()},
    **{number: partial(decode_network, cls) for cls, number in _NETWORKS.items()},
}
