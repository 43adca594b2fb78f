"""The extension types of portable payloads: one row per number.

Rules:
1. Append-only: a number is never given to anything else, even after its row is retired.
2. Numbers below 32 are never used: they are left to what others put into MessagePack.
3. 32 to 63 are scalars: the extension's bytes are the whole value.
4. 64 to 127 are containers: the extension is empty and heads an array that holds the members.
5. A reader that meets an unknown number reports `newer-format`.
6. `docs/format-portable.md` describes the bytes of every row; `tests/data/portable-v1.jsonl` holds
   examples that never change.
"""

from __future__ import annotations

from typing import Final

BIG_INT: Final = 32
SURROGATES: Final = 33
BYTEARRAY: Final = 34
DECIMAL: Final = 35
FRACTION: Final = 36
COMPLEX: Final = 37
DATETIME: Final = 38
DATE: Final = 39
TIME: Final = 40
TIMEDELTA: Final = 41
TIMEZONE: Final = 42
ZONEINFO: Final = 43
UUID: Final = 44
PURE_POSIX_PATH: Final = 45
PURE_WINDOWS_PATH: Final = 46
POSIX_PATH: Final = 47
WINDOWS_PATH: Final = 48
IPV4_ADDRESS: Final = 49
IPV6_ADDRESS: Final = 50
IPV4_NETWORK: Final = 51
IPV6_NETWORK: Final = 52
IPV4_INTERFACE: Final = 53
IPV6_INTERFACE: Final = 54

TUPLE: Final = 64
SET: Final = 65
FROZENSET: Final = 66
DICT: Final = 67
ORDERED_DICT: Final = 68
DEFAULTDICT: Final = 69
COUNTER: Final = 70
DEQUE: Final = 71
RANGE: Final = 72
REGISTERED: Final = 73

CONTAINERS: dict[str, int] = {
    "tuple": TUPLE,
    "set": SET,
    "frozenset": FROZENSET,
    "dict": DICT,
    "OrderedDict": ORDERED_DICT,
    "defaultdict": DEFAULTDICT,
    "Counter": COUNTER,
    "deque": DEQUE,
    "range": RANGE,
    "registered": REGISTERED,
}
