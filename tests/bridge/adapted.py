# -*- coding: utf-8 -*-
# mypy: ignore-errors
"""The adapters beside the real frameworks: one program for Python 2.7 and every Python 3.

Run as `adapted.py NAME URL HOST PORT`, with NAME one of the functions below. Asserts.
"""

from __future__ import unicode_literals

import sys

VALUE = {"title": "caf\xe9", "rows": [1, 2.5, None]}


def original():
    """The real RedisCache of werkzeug or cachelib."""
    try:
        from werkzeug.contrib.cache import RedisCache
    except ImportError:
        from cachelib import RedisCache
    return RedisCache


def werkzeug(url, host, port):
    """Same results as the original, on one cache with it, both directions."""
    from shelflife_bridge import WerkzeugBridge

    real = original()(host=str(host), port=port, key_prefix=str("w:"))
    ours = WerkzeugBridge(host=host, port=port, key_prefix="w:")
    for one, other in ((real, ours), (ours, real)):
        assert one.set("a", VALUE) and other.get("a") == VALUE
        assert one.set("five", 5) and other.get("five") == 5
        assert one.inc("n", 5) == 5 and other.inc("n", 2) == 7 and one.dec("n") == 6
        assert other.get_many("a", "gone", "n") == [VALUE, None, 6]
        assert other.get_dict("a", "gone") == {"a": VALUE, "gone": None}
        assert other.add("a", 1) is False and other.add("new", 1)
        assert one.delete("new") and not other.get("new")
        one.set_many({"x": 1, "y": "text"})
        assert other.get_many("x", "y") == [1, "text"]
        one.delete_many("x", "y")
        assert other.get_many("x", "y") == [None, None]
        assert one.set("z", 1, timeout=0) and other.get("z") == 1
        assert other.has("z") if hasattr(other, "has") and other is ours else True
        assert one.clear() and other.get("a") is None
    assert sorted(ours.set_many({"p": 1, "q": lambda: 1})) == ["p"]
    assert ours.delete("p") is True and ours.delete("p") is False
    assert ours.delete_many("p", "q") == ["p", "q"]
    ours.cache.client.execute_command(str("SET"), b"w:bad", b"!\x80\x04torn")
    assert ours.get("bad") is None
    own = WerkzeugBridge(host=host, port=port, key_prefix="w:", writes="shelflife")
    assert own.set("env", VALUE) and ours.get("env") == VALUE and real.get("env") is None


def flask_caching(url, host, port):
    """Flask-Caching with our CACHE_TYPE: decorators, memoize, deletion."""
    from flask import Flask
    from flask_caching import Cache

    for config in ({"CACHE_REDIS_URL": url}, {"CACHE_REDIS_HOST": host, "CACHE_REDIS_PORT": port}):
        app = Flask(str("service"))
        settings = {"CACHE_TYPE": "shelflife_bridge.flask_caching", "CACHE_KEY_PREFIX": "f:"}
        cache = Cache(app, config=dict(settings, CACHE_DEFAULT_TIMEOUT=60, **config))
        calls = []

        @cache.memoize(50)
        def double(number):
            calls.append(number)
            return {"double": number * 2}

        with app.app_context():
            cache.clear()
            assert double(4) == {"double": 8} and double(4) == {"double": 8}
            assert calls == [4]
            cache.delete_memoized(double)
            assert double(4) == {"double": 8} and calls == [4, 4]
            cache.set("a", VALUE)
            assert cache.get("a") == VALUE and cache.get_many("a", "b") == [VALUE, None]
            assert cache.add("a", 1) is False and cache.delete("a")
            assert cache.get("a") is None
            cache.set("bad", 1)
            cache.cache.cache.client.execute_command(str("SET"), b"f:bad", b"!\x80\x05torn")
            assert cache.get("bad") is None
            assert cache.clear()


def django(url, host, port):
    """Django's cache framework with our BACKEND."""
    from django.conf import settings

    options = {"writes": "shelflife"}
    common = {"BACKEND": "shelflife_bridge.DjangoCache", "LOCATION": url, "KEY_PREFIX": "d"}
    settings.configure(
        CACHES={
            "default": dict(common, TIMEOUT=60),
            "second": dict(common, VERSION=2, OPTIONS=options, TIMEOUT=None),
        }
    )
    from django.core.cache import caches

    for cache in (caches["default"], caches["second"]):
        cache.clear()
        assert cache.get("a") is None and cache.get("a", 5) == 5
        cache.set("a", VALUE)
        assert cache.get("a") == VALUE and "a" in cache and cache.has_key("a")
        cache.set("none", None)
        assert cache.get("none", 5) is None
        assert cache.add("a", 1) is False and cache.add("b", 1) is True
        assert cache.get_or_set("c", lambda: 7) == 7 and cache.get("c") == 7
        assert cache.incr("b") == 2 and cache.decr("b", 2) == 0
        try:
            cache.incr("gone")
        except ValueError:
            pass
        else:
            raise AssertionError("incr of nothing")
        assert not cache.set_many({"x": 1, "y": [2]})
        assert cache.get_many(["x", "y", "gone"]) == {"x": 1, "y": [2]}
        cache.delete_many(["x", "y"])
        assert cache.get_many(["x", "y"]) == {}
        cache.set("zero", 1, 0)
        assert cache.get("zero") is None
        cache.delete("a")
        assert cache.get("a") is None
        if hasattr(cache, "touch"):
            assert cache.touch("b", 5) is True and cache.touch("gone") is False
        client = cache.cache.client
        client.execute_command(str("SET"), cache.make_key("bad").encode("utf-8"), b"!\x80\x04torn")
        assert cache.get("bad") is None and cache.add("bad", 1) is False
        client.execute_command(str("SET"), b"outside", b"1")
    assert cache.get("c") == 7
    cache.clear()
    assert cache.get("c") is None
    assert client.execute_command(str("EXISTS"), b"outside")


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]))
