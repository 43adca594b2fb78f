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

BIG_INT = 32
SURROGATES = 33
BYTEARRAY = 34
DECIMAL = 35
FRACTION = 36
COMPLEX = 37
DATETIME = 38
DATE = 39
TIME = 40
TIMEDELTA = 41
TIMEZONE = 42
ZONEINFO = 43
UUID = 44
PURE_POSIX_PATH = 45
PURE_WINDOWS_PATH = 46
POSIX_PATH = 47
WINDOWS_PATH = 48
IPV4_ADDRESS = 49
IPV6_ADDRESS = 50
IPV4_NETWORK = 51
IPV6_NETWORK = 52
IPV4_INTERFACE = 53
IPV6_INTERFACE = 54

TUPLE = 64
SET = 65
FROZENSET = 66
DICT = 67
ORDERED_DICT = 68
DEFAULTDICT = 69
COUNTER = 70
DEQUE = 71
RANGE = 72
REGISTERED = 73

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
