# -*- coding: utf-8 -*-
# mypy: ignore-errors
"""Drives the bridge in one interpreter: tasks as JSON on standard input, answers on its output.

Runs unchanged on Python 2.7 and every Python 3. `describe` gives a value in words that are the same
on all of them: a test compares descriptions across interpreters.
"""

from __future__ import unicode_literals

import binascii
import json
import pickle
import struct
import sys
import time
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction
from math import isnan
from uuid import UUID

PY2 = sys.version_info[0] == 2
TEXT = type("")
INTS = (int,) if not PY2 else (int, long)
RANGE = range if not PY2 else xrange
NAMES = dict(
    Counter=Counter, Decimal=Decimal, Fraction=Fraction, OrderedDict=OrderedDict, UUID=UUID, date=date,
    datetime=datetime, defaultdict=defaultdict, deque=deque, inf=float("inf"), nan=float("nan"),
    time=clock, timedelta=timedelta, range=RANGE,
)  # fmt: skip
if not PY2:
    from datetime import timezone
    from ipaddress import ip_address, ip_interface, ip_network
    from pathlib import PurePosixPath, PureWindowsPath

    NAMES.update(
        ip_address=ip_address, ip_interface=ip_interface, ip_network=ip_network,
        timezone=timezone, PurePosixPath=PurePosixPath, PureWindowsPath=PureWindowsPath,
    )  # fmt: skip
if sys.version_info >= (3, 9):
    from zoneinfo import ZoneInfo

    NAMES["ZoneInfo"] = ZoneInfo


def evaluate(expression):
    """The value of an expression, whose text is text on Python 2 as well."""
    flags = unicode_literals.compiler_flag
    return eval(compile(expression, "value", "eval", flags, True), dict(NAMES))


def describe(value):
    """Say type and content of a value in the same words on every Python."""
    kind = type(value)
    if kind is bool or value is None:
        return repr(value)
    if kind in INTS:
        return ["int", hex(value).rstrip("L")]
    if kind is float:
        return [
            "float",
            "nan" if isnan(value) else binascii.hexlify(struct.pack(">d", value)).decode(),
        ]
    if kind is TEXT:
        return [
            "text",
            binascii.hexlify(
                value.encode("utf-16-be", "strict" if PY2 else "surrogatepass")
            ).decode(),
        ]
    if kind in (bytes, bytearray):
        return ["bytes" if kind is bytes else "bytearray", binascii.hexlify(bytes(value)).decode()]
    if kind is complex:
        return ["complex", describe(value.real), describe(value.imag)]
    if kind in (list, tuple, deque):
        return [kind.__name__, getattr(value, "maxlen", None)] + [describe(item) for item in value]
    if kind in (set, frozenset):
        return [kind.__name__] + sorted(json.dumps(describe(item)) for item in value)
    if isinstance(value, dict):
        pairs = [[describe(key), describe(item)] for key, item in value.items()]
        if kind is not OrderedDict and sys.version_info < (3, 7):
            pairs.sort(key=json.dumps)
        factory = getattr(value, "default_factory", None)
        names = {TEXT: "text", bytes: "bytes"}
        factory = factory and names.get(factory, factory.__name__)
        return [
            kind.__name__,
            factory,
            sorted(pairs, key=json.dumps) if kind is not OrderedDict else pairs,
        ]
    if kind is RANGE:
        start, stop, step = value.__reduce__()[1]
        return [
            "range",
            describe(start),
            describe(start + -(-(stop - start) // step) * step),
            describe(step),
        ]
    if kind is Decimal:
        return ["Decimal", repr(value.as_tuple()).replace("L", "")]
    if kind is Fraction:
        return ["Fraction", describe(value.numerator), describe(value.denominator)]
    if kind in (datetime, clock):
        zone = value.tzinfo and repr(value.tzinfo)
        if zone and "timezone.utc" in zone or zone == "UTC":
            zone = "utc"
        zone = zone and zone.replace("datetime.timedelta(0, ", "datetime.timedelta(seconds=")
        offset = value.tzinfo and value.tzinfo.tzname(None)
        return [
            kind.__name__,
            value.replace(tzinfo=None).isoformat(),
            getattr(value, "fold", 0),
            offset or zone,
        ]
    if hasattr(value, "utcoffset"):
        return ["zone", value.tzname(None) or str(value)]
    if hasattr(value, "packed"):
        value = value if not hasattr(value, "with_prefixlen") else value.with_prefixlen
        return [kind.__name__, str(value).replace("::ffff:1.2.3.4", "::ffff:102:304")]
    if kind is UUID:
        return ["UUID", value.hex]
    return [kind.__name__, str(value)]


def failure(error):
    if hasattr(error, "reason"):
        return {"reason": error.reason, "detail": error.detail}
    return {"raised": "%s: %s" % (type(error).__name__, error)}


def make(bridge, expression, form, options):
    """-> the entry in hex, or the reason why there is none, or "lacks" if the type is not here."""
    try:
        value = evaluate(expression)
    except (NameError, ValueError, TypeError, SyntaxError, OverflowError):
        return {"lacks": expression}
    try:
        if form == "payload":
            entry = bridge._Packer(1 << 24, False).pack(value)
        else:
            cache = bridge.BridgeCache(None, writes=form, release="r1", **options)
            entry = cache.entry_of(value)
    except Exception as error:
        return failure(error)
    return {"hex": binascii.hexlify(entry).decode()}


def pickled(bridge, expression, protocol, options):
    """-> what this Python's own pickle writes, as werkzeug marks it."""
    try:
        value = evaluate(expression)
        entry = b"!" + pickle.dumps(value, int(protocol))
    except Exception as error:
        return {"lacks": repr(error)}
    return {"hex": binascii.hexlify(entry).decode(), "value": describe(pickle.loads(entry[1:]))}


def read(bridge, text, form, options):
    """-> a description of the value, or the reason of the miss."""
    raw = binascii.unhexlify(text)
    try:
        if form == "payload":
            return {"value": describe(bridge.unpack(raw))}
        options = dict(options)
        return {"value": describe(bridge.BridgeCache(None, **options).value_of(raw))}
    except Exception as error:
        return failure(error)


def measured(bridge, text, form, options):
    """-> the outcome of a hostile entry, with the seconds and the bytes of memory it took."""
    import resource

    raw = binascii.unhexlify(text)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.time()
    try:
        if form == "payload":
            bridge.unpack(raw)
        else:
            bridge.BridgeCache(None).value_of(raw)
        outcome = "value"
    except Exception as error:
        outcome = failure(error)
    took = time.time() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"outcome": outcome, "seconds": took, "bytes": grown * 1024}


def main():
    import shelflife_bridge as bridge

    tasks = {"make": make, "read": read, "measured": measured, "pickled": pickled}
    answers = []
    for name, what, form, options in json.load(sys.stdin):
        answers.append(tasks[name](bridge, what, form, options))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
