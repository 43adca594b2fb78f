# -*- coding: utf-8 -*-
# mypy: ignore-errors
"""What a BridgeCache does on a real server: one program for Python 2.7 and every Python 3.

Run as `exercise.py URL [CLASS]`, or call `exercise` with a client. Asserts, and ends quietly.
"""

from __future__ import unicode_literals

import datetime
import pickle
import struct
import sys
import time

PY2 = sys.version_info[0] == 2
BYTES_KEY = "k\xe9y".encode("utf-8")


def ask(client, command, *args):
    return client.execute_command(str(command), *args)


class Events(list):
    def __call__(self, event):
        self.append(event)

    def kinds(self):
        kinds = [(event.kind, event.operation, event.reason) for event in self]
        del self[:]
        return kinds


class Mine(object):
    def __init__(self):
        self.title = "mine"


def exercise(bridge, client):
    """Every method, on this client."""
    for writes in ("werkzeug", "shelflife"):
        check_reads_and_writes(bridge, client, writes)
    check_unreadable(bridge, client)
    check_not_stored(bridge, client)
    check_counters(bridge, client)
    check_batches(bridge, client)
    check_clear(bridge, client)
    check_misuse(bridge, client)


def check_reads_and_writes(bridge, client, writes):
    client.flushall()
    events = Events()
    cache = bridge.BridgeCache(client, prefix="api:", writes=writes, on_event=events)
    value = {"title": "caf\xe9", "parts": [1, 2.5, None, True, b"\xff", (1,)]}
    assert cache.get("a") is None
    assert cache.get("a", 7) == 7
    assert cache.lookup("a")[:3] == (False, None, "absent")
    assert cache.set("a", value) is True
    assert cache.get("a") == value
    assert type(cache.get("a")["title"]) is type("")
    assert 299 <= ask(client, "TTL", "api:a") <= 300
    assert cache.set("a", value, ttl=None) is True
    assert not (ask(client, "PTTL", "api:a") or 0) > 0
    assert cache.set("a", 7, ttl=0.25) is True
    assert 0 < ask(client, "PTTL", "api:a") <= 250
    assert cache.touch("a", datetime.timedelta(seconds=9)) is True
    assert cache.touch("gone") is False
    assert cache.set("none", None) is True
    assert cache.get("none", "default") is None
    assert cache.lookup("none").hit is True and cache.has("none") is True
    assert cache.add("none", 1) is False
    assert cache.add("new", 1) is True
    assert cache.add("new", 2) is False and cache.get("new") == 1
    assert cache.set("k\xe9y", "x") is True and cache.get("k\xe9y") == "x"
    assert ask(client, "EXISTS", b"api:" + BYTES_KEY)
    assert cache.delete("a") is True and cache.delete("a") is True
    assert cache.has("a") is False
    assert cache.delete_many(["new", "none", "gone"]) is True
    assert cache.has("new") is False
    assert events == []
    found = bridge.BridgeCache(client, writes="shelflife", release="r7")
    found.set("w", 1)
    assert found.lookup("w").writer.startswith("r7 ")
    raw = ask(client, "GET", "w")
    assert raw[:2] == b"!\xc1"
    bridge.BridgeCache(client, reads="shelflife", writes="shelflife").set("w", 1)
    assert ask(client, "GET", "w")[:1] == b"\xc1"


def check_unreadable(bridge, client):
    client.flushall()
    events = Events()
    cache = bridge.BridgeCache(client, prefix="api:", on_event=events)
    entries = {
        "broken": b"!\x80\x04broken",
        "torn": b"!\xc1SL\x01\x00\x00",
        "bomb": b"!Nr\xff\xff\xff\x0f.",
        "newer": b"!\xc1SL\x02" + b"\0" * 20,
        "name": b"!cos\nsystem\n(S'echo'\ntR.",
        "protocol": b"!\x80\x06N.",
    }
    reasons = ("corrupt", "corrupt", "over-budget", "newer-format", "rejected-name", "protocol")
    expected = dict(zip(("broken", "torn", "bomb", "newer", "name", "protocol"), reasons))
    for key, raw in entries.items():
        ask(client, "SET", "api:user:" + key, raw)
        found = cache.lookup("user:" + key)
        assert found.reason == expected[key], (key, found)
        assert cache.get("user:" + key, 5) == 5
        assert cache.has("user:" + key) is False
        assert cache.add("user:" + key, 1) is False
        assert ask(client, "GET", "api:user:" + key) == raw
    assert set(event.key_class for event in events) == set(["api:user:*"])
    assert set(event.kind for event in events) == set(["unreadable"])
    assert all(b"echo" not in repr(event).encode("utf-8") for event in events)
    ask(client, "LPUSH", "api:list", "x")
    assert cache.lookup("list").reason == "wrong-type"
    assert cache.get_many(["list", "user:broken"]) == {}
    assert cache.set("user:broken", 3) is True and cache.get("user:broken") == 3
    only = bridge.BridgeCache(client, reads="shelflife", writes="shelflife")
    ask(client, "SET", "foreign", b"!" + pickle.dumps(1, 2))
    assert only.lookup("foreign").reason == "foreign"
    ask(client, "SET", "foreign", b"12")
    assert only.get("foreign") == 12
    ask(client, "SET", "large", b"x" * 100)
    assert bridge.BridgeCache(client, max_bytes=99).lookup("large").reason == "too-large"
    assert bridge.BridgeCache(client, max_bytes=100).get("large") == b"x" * 100


def check_not_stored(bridge, client):
    client.flushall()
    events = Events()
    cache = bridge.BridgeCache(client, prefix="api:", on_event=events)
    own = bridge.BridgeCache(
        client, prefix="api:", writes="shelflife", on_event=events, max_bytes=1000
    )
    for each in (cache, own):
        assert each.set("a", 1) is True
        assert each.set("a", Mine()) is False
        assert ask(client, "EXISTS", "api:a") in (0, False)
        assert ("not-stored", "set", "not-portable") in events.kinds()
    assert own.set("a", 1) is True and own.set("a", "x" * 2000) is False
    assert not own.has("a")
    assert ("not-stored", "set", "too-large") in events.kinds()
    assert own.set("a", 1) is True and own.add("a", Mine()) is False
    assert own.has("a") is True
    if sys.version_info >= (3, 6):
        folded = datetime.datetime(2020, 1, 1, fold=1)
        assert cache.set("a", folded) is False
        assert cache.set("a", datetime.timezone.utc) is False
        assert cache.set("a", {"a": 1, b"a": 2}) is False
        assert cache.set("a", range(2**70)) is False
        assert [event.reason for event in events][-4:] == ["below-floor"] * 4
        newer = bridge.BridgeCache(client, floor="3.6")
        assert newer.set("b", datetime.timezone.utc) is True
        assert newer.get("b") is datetime.timezone.utc
        assert newer.set("b", {"a": 1, b"a": 2}) is True
        assert newer.get("b") == {"a": 1, b"a": 2}
    named = __name__ + ".Mine"
    sys.modules.setdefault(__name__, sys.modules[Mine.__module__])
    for allow in ([named], [__name__ + ".*"]):
        allowed = bridge.BridgeCache(client, allow=allow)
        assert allowed.set("mine", Mine()) is True
        assert type(allowed.get("mine")) is Mine and allowed.get("mine").title == "mine"
        assert cache.lookup("mine").reason == "absent"
        assert bridge.BridgeCache(client).lookup("mine").reason == "rejected-name"


def check_counters(bridge, client):
    client.flushall()
    events = Events()
    cache = bridge.BridgeCache(client, prefix="n:", ttl=50, on_event=events)
    assert cache.incr("c") == 1 and cache.incr("c", 5) == 6 and cache.incr("c", -10) == -4
    assert 49 <= ask(client, "TTL", "n:c") <= 50
    assert cache.get("c") == -4
    own = bridge.BridgeCache(client, prefix="n:", writes="shelflife", on_event=events)
    assert own.set("d", 40, ttl=70) is True and own.incr("d", 2) == 42
    assert ask(client, "GET", "n:d") == b"42"
    assert 68 <= ask(client, "TTL", "n:d") <= 70
    assert own.set("e", 1, ttl=None) is True and own.incr("e") == 2
    assert events == []
    assert own.set("t", "text") is True and own.incr("t") is None and own.get("t") == "text"
    assert ("unreadable", "incr", "schema") in events.kinds()
    ask(client, "LPUSH", "n:list", "x")
    assert own.incr("list") is None
    ask(client, "SET", "n:most", str(2**63 - 1))
    assert own.incr("most") is None and own.get("most") == 2**63 - 1


def check_batches(bridge, client):
    client.flushall()
    events = Events()
    cache = bridge.BridgeCache(client, prefix="b:", writes="shelflife", on_event=events)
    many = dict(("k%d" % number, number) for number in range(1203))
    stored = cache.set_many(dict(many, bad=Mine()))
    assert stored.pop("bad") is False and set(stored.values()) == set([True])
    assert cache.get_many(list(many) + ["absent", "bad"]) == many
    assert [event.kind for event in events] == ["not-stored"]
    ask(client, "SET", "b:k7", b"!\xc1SL\x01torn")
    assert len(cache.get_many(iter(many))) == len(many) - 1
    assert cache.delete_many(many) is True and cache.get_many(many) == {}
    assert cache.set_many({}) == {} and cache.delete_many([]) is True


def check_clear(bridge, client):
    client.flushall()
    for prefix in ("a*[b]?-^\\:", "a"):
        ask(client, "SET", "outside", "1")
        ask(client, "SET", "axx[b]?-^\\:1", "1")
        cache = bridge.BridgeCache(client, prefix=prefix)
        cache.set_many(dict(("k%d" % number, number) for number in range(700)))
        assert cache.clear() is True
        assert cache.get_many(["k%d" % number for number in range(700)]) == {}
        assert ask(client, "EXISTS", "outside")
        if prefix != "a":
            assert ask(client, "EXISTS", "axx[b]?-^\\:1")
    fails(ValueError, lambda: bridge.BridgeCache(client).clear())


def check_misuse(bridge, client):
    cache = bridge.BridgeCache(client)
    for ttl in (0, -1, "5", True, float("nan")):
        fails(ValueError, lambda: cache.set("k", 1, ttl))
    fails(TypeError, lambda: cache.get(5))
    fails(ValueError, lambda: cache.incr("k", 1.5))
    fails(ValueError, lambda: bridge.BridgeCache(client, reads="django"))
    fails(ValueError, lambda: bridge.BridgeCache(client, reads="shelflife", writes="werkzeug"))
    fails(ValueError, lambda: bridge.BridgeCache(client, allow="app.models"))
    fails(ValueError, lambda: bridge.BridgeCache(client, allow=["app/models"]))
    fails(ValueError, lambda: bridge.BridgeCache(client, floor="2.6"))
    fails(ValueError, lambda: bridge.BridgeCache(client, py2_text="latin-1"))


def check_no_server(bridge, client):
    """A client whose server does not answer: misses, False, and events."""
    events = Events()
    cache = bridge.BridgeCache(client, prefix="x:", on_event=events)
    started = time.time()
    assert cache.lookup("a").reason == "unavailable"
    assert cache.get("a", 5) == 5 and cache.get_many(["a"]) == {} and cache.has("a") is False
    assert cache.set("a", 1) is False and cache.add("a", 1) is False
    assert cache.set_many({"a": 1}) == {"a": False}
    assert cache.delete("a") is False and cache.delete_many(["a"]) is False
    assert cache.clear() is False and cache.incr("a") is None and cache.touch("a") is False
    kinds = set(event.kind for event in events)
    assert kinds == set(["server-error", "not-stored", "lost-invalidation"]), kinds
    assert time.time() - started < 10


def fails(kind, function):
    try:
        function()
    except kind:
        return
    raise AssertionError("no %s" % kind.__name__)


def main(url, port_without_server, class_name):
    import redis
    import shelflife_bridge

    client = getattr(redis, str(class_name))
    exercise(shelflife_bridge, client.from_url(url))
    nobody = shelflife_bridge._connect(host="127.0.0.1", port=int(port_without_server))
    check_no_server(shelflife_bridge, nobody)
    decoding = client.from_url(url, decode_responses=True)
    fails(ValueError, lambda: shelflife_bridge.BridgeCache(decoding))


if __name__ == "__main__":
    main(*sys.argv[1:])
